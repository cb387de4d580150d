"""The sheet of the method, both ways: store → workbook, workbook or list → store."""

"""The pyramid as a picture and a page: plain values in, SVG, PNG or HTML out; no file is touched here."""

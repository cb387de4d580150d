"""Drafts of follow-ups: the texts of the stages, and the mail they become."""

"""The history of the tables, one file per step. A step that has been released is never edited."""

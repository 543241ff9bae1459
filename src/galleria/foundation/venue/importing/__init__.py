"""Reading a mall out of files: our CSV, floor maps in GeoJSON, IMDF.

`sources.read` turns files into drafts and problems without touching the database; `settlement.settle` compares the
drafts with what is there; what comes out is written in one transaction, or told as a dry run, or refused as a whole.
"""

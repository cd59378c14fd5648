"""Everything around one audit: reading inputs, many pairs, bars, regressions, transcripts, and how findings are shown."""

"""Transcripts of agents as sources: messages, and the kinds of fact that only they have."""

from tellback.audit.transcripts.messages import Transcript, flatten, is_transcript, parse, read

__all__ = ["Transcript", "flatten", "is_transcript", "parse", "read"]

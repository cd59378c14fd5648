"""Trains the small entailment reader: pairs made by rule from public-domain and web text, a MiniLM, an int8 ONNX file."""

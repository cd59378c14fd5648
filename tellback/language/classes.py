"""Words of which one thing is one at a time: kin, colours, parts of the day, branches of learning, genres.

Each line is one class with its members, parted by «/»; words of one member may stand for each other, words of two members
exclude each other as what one thing is. A word that has another sense as often stands in none. All are lemmas.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tellback.language.stems import stem

_CLASSES = """
brother / sister / mother mum mom / father dad / son / daughter / husband / wife / uncle / aunt / nephew / niece / cousin / grandmother grandma / grandfather grandpa
man / woman
boy / girl
boyfriend / girlfriend
actor / actress
king / queen
black / white / red crimson scarlet / green / blue / yellow / brown / pink / purple / grey / silver / golden
north northern / south southern / east eastern / west western
morning / afternoon / evening night tonight
breakfast / lunch / dinner supper
summer / autumn / winter
hourly / daily / weekly / fortnightly / monthly / quarterly / yearly annual annually
small tiny little / medium / large big huge
comedy / drama / horror / thriller / western / musical / documentary / romance / cartoon
novel / poem / play
sociology / psychology / biology / chemistry / physics / mathematics math / economics / philosophy / history / geography / linguistics / astronomy / geology
law / medicine med medical / business / nursing / engineering / art
football soccer / basketball / baseball / tennis / golf / cricket / rugby / hockey / volleyball / badminton / boxing
piano / violin / guitar / flute / trumpet / cello / drum
beer lager / wine / whisky whiskey / vodka / gin / rum / coffee / tea / milk
dog puppy / cat kitten / horse pony / cow / sheep / goat / pig / rabbit
chicken / beef / pork / lamb / fish
car automobile / lorry truck / bus / train / tram / bicycle bike / motorcycle motorbike / ferry / aeroplane plane airplane jet / helicopter
laptop / phone smartphone telephone / tablet / television tv / printer
sunny / cloudy overcast / rainy wet / snowy / foggy
knee / ankle / elbow / shoulder / wrist / hip / neck / hamstring / thigh / calf / groin
lung / kidney / liver / heart / brain / stomach
gold / silver / bronze
wooden / plastic / metal / stone / glass / paper
carpenter / plumber / electrician / lawyer attorney solicitor / doctor physician / nurse / dentist / teacher / journalist reporter / farmer / pilot / chef cook / lifeguard
landlord / flatmate roommate / neighbour / boss
hospital / school / prison jail / museum / church / airport / library / hotel
bachelor / master / doctorate phd
elementary primary / secondary
mayor / governor / president / senator / minister
earthquake / flood / hurricane / tornado / drought / avalanche
stabbing / shooting / drowning
stab / shoot / strangle / drown / poison
murder / manslaughter / fraud / theft / arson / burglary / rape
fracture / burn
cancer / diabetes / stroke / malaria / pneumonia / asthma
single / double / triple
apple / pear / cherry / apricot / plum / peach / strawberry / raspberry / blueberry / blackcurrant / banana / lemon / pineapple / mango / fig / rhubarb
carrot / onion / potato / tomato / cabbage / spinach / bean / pea / lentil / cucumber / leek / beetroot
leather / velvet / silk / wool woollen woolen / cotton / linen / denim / nylon
oak / pine / birch / beech / maple / willow / walnut / spruce
iron / steel / copper / brass / aluminium aluminum / tin / zinc
rudder / propeller / mast / anchor / hull / keel
engine / gearbox / brake / radiator / exhaust / clutch
kitchen / bathroom / bedroom / cellar basement / attic / garage
roof / floor / ceiling
cinnamon / ginger / saffron / cumin / paprika / nutmeg / vanilla
butter / margarine / lard
sugar / salt / pepper / flour
rain / snow / hail / fog
eagle / owl / sparrow / crow / gull / swan / goose / duck
salmon / trout / cod / herring / tuna / eel
bee / wasp / ant / moth / butterfly / spider
triangle / square / circle / hexagon
opera / ballet / concert
poet / painter / sculptor / composer / architect / photographer
scarf / glove / hat / coat / boot
chair / table / sofa / wardrobe
male / female
"""


def _places() -> Iterator[tuple[str, tuple[int, int]]]:
    for n, line in enumerate(_CLASSES.strip().splitlines()):
        for k, member in enumerate(line.split("/")):
            for word in member.split():
                yield stem(word), (n, k)


_PLACES: dict[str, dict[int, int]] = {}
for _stem, (_n, _k) in _places():
    _PLACES.setdefault(_stem, {})[_n] = _k


def classed(word: str) -> frozenset[int]:
    """The classes, by number, that the stem `word` is in."""
    return frozenset(_PLACES.get(word, ()))


@lru_cache(maxsize=65536)
def exclude(a: str, b: str) -> bool:
    """Whether two stems are different members of a class, and in none the same one."""
    mine, theirs = _PLACES.get(a, {}), _PLACES.get(b, {})
    shared = mine.keys() & theirs.keys()
    return bool(shared) and all(mine[n] != theirs[n] for n in shared)

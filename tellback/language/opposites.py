"""Words that exclude each other when they are said of one thing: what was decided, what came out, which state it is in.

Each line is one question with its answers, parted by «/»; words of one answer may stand for each other, words of two
answers contradict. All are lemmas. «Postponed» is no antonym of «approved», but who was told the one was not told the other.
"""

from __future__ import annotations

from itertools import combinations

from tellback.language.stems import stem

_DECISIONS = """
approve accept adopt endorse ratify authorize authorise / reject decline refuse veto dismiss / postpone defer shelve adjourn
grant award / deny refuse withhold revoke rescind reject decline
uphold affirm sustain / overturn overrule reverse quash annul void
acknowledge concede / dispute refute
sign / veto reject
elect reelect appoint / oust dismiss defeat
hire recruit employ / fire dismiss sack
convict / acquit exonerate
condemn criticize criticise denounce / praise commend applaud welcome
blame accuse / exonerate clear absolve
charge / acquit
agree consent / refuse disagree decline
permit allow authorize authorise enable / forbid prohibit ban block bar
legalize legalise / outlaw ban criminalize criminalise
recommend advise encourage / discourage
support back favor favour / oppose resist
support endorse / condemn
promise / refuse
renew extend / cancel terminate
retain keep / abandon drop scrap discard remove
ratify / repeal
enact / repeal
impose introduce / lift abolish
nationalize nationalise / privatize privatise
trust / distrust mistrust
like love enjoy / dislike hate loathe
believe / doubt disbelieve
contemplate discuss debate weigh / decide resolve
include / exclude omit
ask request invite urge / force compel coerce
thank praise / blame
carry adopt pass approve / withdraw retract
waive forgive cancel / charge impose demand
charge bill / refund reimburse
quarantine isolate retain / discard destroy
welcome invite admit / bar ban exclude expel
exempt excuse / oblige require
defend justify / condemn criticise criticize
"""
_OUTCOMES = """
merge / revert / delete
pass / fail
pass carry / lose defeat
succeed / fail
win / lose / draw
victory / defeat loss
win / loss
resolve repair / break
resolve settle / reopen
complete finish / abandon abort / begin
deploy release ship / withdraw revert
publish / withdraw retract
launch introduce / discontinue cancel
confirm schedule / cancel
cancel / postpone
improve / worsen deteriorate
recover / deteriorate relapse
survive / die perish
accelerate hasten / slow decelerate delay
strengthen / weaken
expand enlarge / shrink contract
grow / shrink decline contract
gain / lose
rise climb increase grow jump surge soar / fall drop decrease decline sink plunge tumble slump
raise increase lift boost / lower reduce cut decrease
exceed surpass / miss
confirm / refute
arrive / depart leave
join enter / quit leave resign
hire / resign
deposit / withdraw
earn / spend
save / waste
attack / defend
advance / retreat
capture seize / release liberate
arrest detain imprison / release free
free / imprison
marry / divorce
protect / harm endanger
cause / prevent
prevent / allow
help assist / hinder hamper
reveal disclose expose / conceal hide
find / lose
build construct / demolish
create establish found / dissolve abolish destroy
unite / divide separate
connect / disconnect
attach / detach
install / remove
enable activate / disable deactivate
encrypt / decrypt
compress / decompress
lock / unlock
upgrade / downgrade
promote / demote
push / pull
import / export
upload / download
add append insert / remove delete drop revert
open / close shut
start begin launch / stop end halt cease
continue resume / stop halt discontinue suspend pause interrupt withhold
pause / resume
suspend / reinstate
unchanged / stop pause discontinue
prescribe / discontinue
tighten / loosen relax ease
comply / violate breach
obey / disobey
remember / forget
advance hasten / postpone delay
appear emerge / disappear vanish
freeze / thaw melt
fill refill / empty drain
sink / float
heal recover / worsen
charge recharge / drain discharge
board / disembark
hide conceal / show display
donate / sell
rescue save / abandon
remove lift / extend
inflate / deflate
repair mend / replace
seal / open
redetect / miss overlook
follow obey / ignore disregard
answer / ignore
"""
_STATES = """
profit / loss
surplus / deficit shortfall
gain / loss
success / failure
approval / rejection refusal
increase rise growth / decrease fall decline drop
advantage / disadvantage
strength / weakness
majority / minority
benefit / harm
inflow / outflow
minimum / maximum
buyer / seller
lender / borrower
creditor / debtor
plaintiff / defendant
employer / employee
ally friend / enemy foe
mandatory compulsory obligatory required / optional voluntary
allowed permitted / forbidden prohibited banned
positive / negative
major / minor
temporary / permanent
internal / external
domestic / foreign
manual / automatic
ascending / descending
benign / malignant
acute / chronic
mild / severe
elevated raised / reduced lowered
stable / unstable
solvent / insolvent bankrupt
successful / failed
optimistic / pessimistic
liable / exempt
ripe / unripe
alive / dead
healthy / sick ill
"""

_QUALITIES = """
simple easy effortless / difficult hard complicated complex challenging
strong significant substantial considerable / negligible slight insignificant
fully completely entirely wholly totally / partially partly
quickly rapidly fast swiftly / slowly
slightly marginally / sharply significantly substantially greatly strongly considerably
directly / indirectly
temporarily / permanently
manually / automatically
publicly openly / privately secretly
beginning start / end
initial / final
first / last
former / current
ancient / modern
traditional conventional / unconventional modern
natural / artificial synthetic
urban / rural
indoor / outdoor
professional / amateur
senior / junior
vertical / horizontal
wealthy rich / poor
brief short / lengthy long
broad wide / narrow
smooth / rough
peaceful / violent
friendly / hostile
similar / different
same / different
single / married
raw / cooked
expensive costly / cheap affordable inexpensive
rapid fast quick / slow
massive huge enormous large / tiny small
pre / post
online / offline
inbound / outbound
upstream / downstream
onshore / offshore
overweight / underweight
top / bottom
front / rear back
entrance / exit
peace / war
presence / absence
birth / death
arrival / departure
invasion / withdrawal
expansion / contraction reduction
improvement / deterioration worsening
opening / closure closing
supporter / opponent critic
winner / loser
teacher / pupil student
doctor / patient
parent / child
landlord / tenant
licensor / licensee
lessor / lessee
franchisor / franchisee
victim / attacker perpetrator
prosecutor prosecution / defence defense
agreement / disagreement
acceptance / rejection
overestimate / underestimate
inhale / exhale
ascend / descend
appreciate / depreciate
lengthen / shorten
widen / narrow
simplify / complicate
admit confess / deny
confirm / deny
attract / repel
linear / exponential
synchronous / asynchronous
vacant / occupied
credit / debit
asset / liability
sunrise / sunset
awake / asleep
visible / hidden
restore / demolish
attend / miss skip
unite / separate
"""


def _pairs(text: str) -> frozenset[frozenset[str]]:
    out = set()
    for line in text.strip().splitlines():
        answers = [{stem(word) for word in answer.split()} for answer in line.split("/")]
        for one, two in combinations(answers, 2):
            out |= {frozenset((a, b)) for a in one for b in two if a != b}
    return frozenset(out)


#: Pairs of stems that exclude each other.
OPPOSITE_STEMS = _pairs(_DECISIONS) | _pairs(_OUTCOMES) | _pairs(_STATES) | _pairs(_QUALITIES)

#: A verb with its particle -> the one verb that says the same.
PHRASAL = {
    "turn down": "reject", "set aside": "overturn", "knock back": "reject", "throw out": "reject", "strike down": "overturn", "vote down": "reject", "roll back": "revert",
    "back out": "revert", "call off": "cancel", "put off": "postpone", "push back": "postpone", "hold back": "withhold",
    "give up": "abandon", "shut down": "close", "switch on": "enable", "switch off": "disable", "turn on": "enable",
    "turn off": "disable", "step down": "resign", "lay off": "dismiss", "cut down": "reduce", "go up": "rise",
    "go down": "fall", "come down": "fall", "wave through": "approve", "sign off": "approve", "rule out": "exclude",
    "strike out": "overturn", "throw away": "discard", "fall away": "end", "bring forward": "advance",
    "move up": "advance", "run out": "end", "wind up": "end", "hand back": "return", "give back": "return", "send back": "return",
    "take on": "hire", "bring in": "introduce", "do away": "abolish", "phase out": "discontinue", "stand down": "resign",
    "speed up": "accelerate", "slow down": "decelerate", "stay away": "miss", "show up": "attend", "turn up": "attend",
    "break down": "fail", "carry on": "continue", "set up": "create", "knock down": "demolish", "find out": "discover",
}  # fmt: skip

"""Words that may stand for each other, and words that contradict each other, for making pairs to train on.

All are lemmas; the forms come from the corpus (vocabulary.py). A group stands here when its words can nearly always be
exchanged; two words of a pair of opposites never mean the same.
"""

from __future__ import annotations

#: part of speech -> groups of lemmas, any of which can stand for any other of its group.
SYNONYMS = {
    "VERB": """buy/purchase begin/start/commence end/finish/conclude help/assist/aid require/need/demand show/demonstrate
        obtain/get/acquire permit/allow let/allow say/state announce/declare reply/answer/respond choose/select/pick
        repair/fix build/construct/erect gather/collect/assemble utilize/use employ/hire leave/depart reach/attain
        receive/get purchase/acquire enhance/improve create/produce/make ensure/guarantee provide/supply/offer
        attempt/try occur/happen explain/clarify inform/tell/notify remain/stay reside/live/dwell speak/talk
        shut/close assist/support obtain/secure inspect/examine/check conceal/hide discover/find detect/spot
        observe/notice/see watch/observe consume/eat award/grant/give anger/enrage injure/hurt/wound kill/slay
        capture/seize/catch escape/flee destroy/wreck/ruin rescue/save instruct/teach/train contain/hold/include
        indicate/suggest/show reveal/disclose/expose remember/recall think/believe suppose/assume like/enjoy
        dislike/hate adore/love want/wish/desire request/ask inquire/ask beg/plead/implore order/command vanish/disappear
        appear/seem/look visit/tour cover/hide throw/toss/hurl pull/drag/haul strike/hit/beat shout/yell/cry
        whisper/murmur weep/cry grow/expand/increase rise/climb/increase decrease/drop/fall/decline reduce/cut/lower
        raise/lift/increase halt/stop cease/stop quit/resign continue/proceed handle/manage operate/run
        defeat/beat triumph/win criticize/condemn/blame praise/commend/applaud debate/discuss/argue quarrel/argue/fight
        plan/intend/mean aim/intend seek/pursue reject/refuse/decline approve/endorse/back verify/confirm/check
        describe/portray depict/portray/show mention/note cite/quote depend/rely differ/vary combine/merge/join
        separate/divide/split connect/link/join attach/fasten/fix accompany/escort follow/pursue/chase arrest/detain
        release/free/liberate charge/accuse sentence/condemn modify/alter/change adapt/adjust replace/substitute
        transform/convert/turn move/shift relocate/move send/dispatch/ship deliver/bring transport/carry/convey
        earn/make spend/pay cost/run estimate/guess/reckon predict/forecast expect/anticipate launch/introduce
        release/publish issue/publish found/establish develop/create/build design/devise solve/resolve settle/resolve
        own/possess have/possess lack/miss perish/die expire/end marry/wed endure/suffer/bear tolerate/bear/stand
        delay/postpone defer/postpone cancel/scrap abandon/desert/leave evaluate/assess/judge measure/gauge
        protect/guard/defend attack/assault invade/raid study/examine/investigate investigate/probe review/assess
        frighten/scare/terrify amaze/astonish/surprise please/delight annoy/irritate/bother confuse/puzzle/baffle
        convince/persuade urge/encourage warn/caution alert/warn vow/promise/pledge threaten/menace
        wander/roam rush/hurry/hasten stroll/walk glance/look gaze/stare peer/look grasp/grip/hold tremble/shake/shiver""",
    "NOUN": """child/kid automobile/car vehicle/car physician/doctor attorney/lawyer error/mistake firm/company/business
        corporation/company job/position/post salary/wage/pay house/home residence/home dwelling/house town/city
        nation/country state/government street/road path/track forest/wood sea/ocean ship/vessel/boat
        error/fault/flaw aim/goal/objective/target purpose/aim idea/notion/concept plan/scheme/project
        problem/issue/difficulty answer/reply/response outcome/result consequence/result/effect reason/cause
        benefit/advantage gain/profit drawback/disadvantage danger/risk/peril damage/harm injury/wound
        illness/disease/sickness remedy/cure/treatment medicine/drug/medication rise/increase/growth
        fall/drop/decline/decrease start/beginning end/finish/conclusion part/portion/piece section/segment
        kind/type/sort group/band crowd/mob/throng boss/chief/leader head/leader worker/employee staff/personnel
        buyer/customer/client purchaser/buyer seller/vendor pupil/student teacher/instructor/tutor writer/author
        story/tale/account report/account article/piece film/movie picture/image photo/photograph photograph/picture
        conversation/talk/chat discussion/debate/talk quarrel/argument/dispute battle/fight/combat war/conflict
        foe/enemy opponent/rival friend/companion/pal ally/partner spouse/partner mum/mother/mom dad/father
        cash/money funds/money cost/price/expense fee/charge tax/levy gift/present award/prize reward/prize
        journey/trip/voyage holiday/vacation flat/apartment lift/elevator shop/store rubbish/garbage/trash
        autumn/fall evening/night morning/dawn method/approach/way technique/method procedure/process
        rule/regulation law/statute permission/consent agreement/deal/accord contract/agreement meeting/gathering
        conference/meeting area/region/zone district/area place/location/spot site/location border/boundary/frontier
        edge/rim/border top/summit/peak bottom/base middle/centre/center chance/opportunity likelihood/probability
        ability/skill/talent knowledge/expertise proof/evidence clue/hint sign/indication mark/sign
        need/requirement demand/request supply/stock amount/quantity/volume total/sum share/portion
        anger/rage/fury fear/dread/terror joy/happiness/delight sorrow/grief/sadness hope/wish view/opinion/belief
        feeling/emotion sight/view noise/sound smell/odor/scent stone/rock garbage/waste device/gadget tool/instrument
        machine/device equipment/gear clothing/clothes garment/clothes weapon/arm blaze/fire storm/tempest rain/rainfall""",
    "ADJ": """big/large huge/enormous/vast/immense little/small tiny/minute quick/fast/rapid/swift slow/sluggish glad/happy/pleased
        sad/unhappy angry/furious/mad afraid/scared/frightened brave/courageous clever/smart/intelligent stupid/foolish/silly
        rich/wealthy/affluent poor/needy hard/difficult/tough easy/simple important/significant crucial/vital/essential/critical
        main/chief/principal/primary major/important entire/whole/complete total/complete full/complete
        empty/vacant correct/right/accurate wrong/incorrect/mistaken false/untrue real/genuine/authentic fake/false/bogus
        odd/strange/peculiar/weird unusual/rare/uncommon common/frequent/usual normal/ordinary/typical regular/normal
        famous/renowned/celebrated well-known/famous unknown/obscure beautiful/lovely/pretty ugly/hideous attractive/appealing
        good/fine great/excellent/superb terrible/awful/dreadful/horrible bad/poor strong/powerful/mighty weak/feeble/frail
        sick/ill/unwell healthy/fit/well dead/deceased alive/living young/youthful old/aged/elderly ancient/old modern/contemporary
        new/recent current/present former/previous/past early/initial final/last following/next quiet/silent/still
        loud/noisy calm/peaceful/tranquil busy/occupied tired/weary/exhausted hungry/starving cold/chilly/freezing hot/warm
        damp/moist wet/soaked clean/spotless dirty/filthy/unclean cheap/inexpensive costly/expensive/pricey free/gratis
        sure/certain/confident unsure/uncertain/doubtful clear/obvious/evident/plain likely/probable possible/potential feasible/possible
        needed/necessary/required sufficient/enough/adequate extra/additional/further numerous/many several/various
        different/distinct similar/alike/comparable same/identical separate/distinct single/lone/sole alone/solitary
        dangerous/hazardous/risky safe/secure careful/cautious careless/reckless kind/gentle/nice cruel/harsh/brutal
        honest/truthful dishonest/deceitful polite/courteous rude/impolite lazy/idle eager/keen willing/ready
        whole/intact broken/shattered/smashed thin/slim/slender fat/plump/overweight tall/high broad/wide
        local/regional global/worldwide/international foreign/overseas yearly/annual daily/everyday initial/first""",
    "ADV": """quickly/rapidly/swiftly/fast slowly/gradually often/frequently/regularly rarely/seldom sometimes/occasionally
        always/constantly soon/shortly immediately/instantly/promptly suddenly/abruptly finally/eventually/ultimately
        initially/originally/first formerly/previously/earlier later/afterwards/subsequently now/currently/presently
        today/nowadays very/extremely/highly really/truly nearly/almost about/around/approximately/roughly
        only/merely/just mainly/chiefly/mostly/primarily largely/mostly especially/particularly also/additionally/too
        however/nevertheless therefore/thus/hence/consequently perhaps/maybe/possibly probably/likely certainly/definitely/surely
        clearly/obviously/evidently apparently/seemingly completely/entirely/totally/fully partly/partially quietly/silently
        loudly/noisily happily/gladly sadly/unhappily angrily/furiously carefully/cautiously easily/effortlessly
        together/jointly separately/individually here/there far/widely everywhere/throughout again/anew annually/yearly""",
}  # fmt: skip

#: Not to be exchanged for each other though a group above might chain them, and pairs that contradict: a change of meaning.
OPPOSITES = """accept/reject accept/decline approve/reject approve/veto grant/deny allow/ban allow/forbid permit/prohibit
    confirm/deny admit/deny acknowledge/deny uphold/overturn affirm/reverse merge/revert merge/split pass/fail succeed/fail
    win/lose gain/lose find/lose earn/lose keep/lose keep/drop rise/fall increase/decrease increase/drop grow/shrink
    expand/contract climb/drop raise/lower raise/cut boost/cut strengthen/weaken improve/worsen accelerate/slow open/close
    start/stop begin/end launch/cancel launch/halt continue/stop resume/halt enter/leave arrive/depart come/go join/leave
    join/quit hire/fire hire/dismiss appoint/dismiss employ/dismiss elect/oust buy/sell purchase/sell lend/borrow give/take
    give/receive send/receive push/pull attack/defend support/oppose back/oppose endorse/oppose agree/disagree
    agree/refuse praise/criticize praise/condemn welcome/condemn love/hate like/dislike enjoy/hate trust/distrust
    believe/doubt remember/forget include/exclude include/omit add/remove add/delete create/destroy build/demolish
    construct/destroy install/remove attach/detach connect/disconnect enable/disable activate/deactivate allow/prevent
    cause/prevent encourage/discourage help/hinder help/harm protect/harm save/kill rescue/abandon free/imprison
    release/arrest release/withhold acquit/convict convict/acquit arrest/release reveal/conceal disclose/hide show/hide
    appear/vanish appear/disappear laugh/cry smile/frown ask/answer ask/order ask/force request/refuse invite/exclude
    lead/follow teach/learn speak/listen wake/sleep stand/sit live/die survive/die recover/die marry/divorce
    wait/leave stay/leave arrive/leave advance/retreat advance/withdraw invade/leave deploy/withdraw deposit/withdraw
    invest/divest spend/save profit/lose exceed/trail lead/trail complete/abandon finish/start sign/cancel renew/cancel
    ratify/reject adopt/reject repeal/enact enforce/waive require/forbid want/refuse promise/refuse plan/refuse
    claim/deny assert/deny insist/deny prove/disprove obey/defy respect/violate follow/ignore notice/ignore
    read/write upload/download import/export encrypt/decrypt lock/unlock fill/empty heat/cool freeze/melt
    profit/loss gain/loss surplus/deficit surplus/shortage increase/decrease rise/fall growth/decline success/failure
    victory/defeat win/defeat advantage/disadvantage strength/weakness benefit/cost benefit/harm friend/enemy ally/enemy
    supporter/critic supporter/opponent buyer/seller winner/loser teacher/student parent/child mother/father son/daughter
    brother/sister husband/wife man/woman boy/girl king/queen uncle/aunt north/south east/west morning/evening day/night
    summer/winter spring/autumn beginning/end start/end entrance/exit arrival/departure birth/death life/death war/peace
    love/hatred hope/despair truth/lie question/answer cause/effect income/expense asset/liability credit/debit
    import/export majority/minority maximum/minimum top/bottom front/back inside/outside approval/rejection
    comedy/tragedy comedy/drama teacher/nurse doctor/lawyer author/editor singer/actor car/truck dog/cat horse/cow
    big/small large/small huge/tiny long/short tall/short high/low old/young old/new new/used early/late first/last
    former/current previous/next fast/slow quick/slow strong/weak rich/poor good/bad better/worse best/worst great/terrible
    excellent/poor positive/negative optimistic/pessimistic happy/sad angry/calm safe/dangerous healthy/sick alive/dead
    full/empty open/closed hot/cold warm/cool wet/dry hard/soft hard/easy difficult/easy simple/complex heavy/light
    dark/bright thick/thin wide/narrow deep/shallow cheap/expensive free/paid clean/dirty quiet/loud public/private
    local/national domestic/foreign male/female legal/illegal guilty/innocent innocent/guilty true/false right/wrong
    correct/incorrect possible/impossible likely/unlikely able/unable willing/unwilling common/rare famous/unknown
    important/unimportant necessary/unnecessary permanent/temporary natural/artificial visible/hidden active/inactive
    successful/unsuccessful popular/unpopular friendly/hostile polite/rude kind/cruel honest/dishonest brave/afraid
    major/minor major/small upper/lower left/right northern/southern eastern/western internal/external annual/monthly
    daily/weekly weekly/monthly red/blue green/red black/white yellow/blue brown/grey red/green
    always/never often/rarely often/seldom usually/rarely frequently/rarely everywhere/nowhere quickly/slowly
    easily/hardly early/late soon/later before/after above/below inside/outside up/down more/less more/fewer most/few
    increasingly/decreasingly together/separately publicly/privately fully/partly completely/partly"""  # fmt: skip

#: (words, what says something else in their place): how sure, how many, when, how far.
SHIFTS = """will/may will/might is/may+be was/may+have+been were/may+have+been must/may should/need+not can/cannot could/could+not
    may/will might/will would/might has/may+have had/might+have all/some every/some each/some both/neither many/few most/some
    some/all several/all few/many at+least/at+most at+most/at+least more+than/less+than less+than/more+than over/under under/over
    before/after after/before until/since because/although although/because with/without without/with only/also never/always
    always/sometimes usually/never often/never from/to into/out+of up/down above/below if/because already/not+yet still/no+longer
    first/last last/first next/previous including/except up+to/at+least definitely/possibly currently/formerly
    likely/unlikely plans+to/refuses+to wants+to/refuses+to decided+to/refused+to able+to/unable+to agreed+to/refused+to"""  # fmt: skip


def synonyms() -> dict[tuple[str, str], frozenset[str]]:
    """(part of speech, lemma) -> lemmas that can stand for it; of a lemma in several groups only the shared sense is sure,
    so each group counts alone."""
    out: dict[tuple[str, str], frozenset[str]] = {}
    for pos, groups in SYNONYMS.items():
        for group in groups.split():
            words = group.split("/")
            for word in words:
                out[pos, word] = out.get((pos, word), frozenset()) | (frozenset(words) - {word})
    return out


def opposites() -> dict[str, tuple[str, ...]]:
    """Lemma -> lemmas that contradict it."""
    out: dict[str, tuple[str, ...]] = {}
    for pair in OPPOSITES.split():
        a, b = pair.split("/")
        out[a] = (*out.get(a, ()), b)
        out[b] = (*out.get(b, ()), a)
    return out


def shifts() -> list[tuple[str, str]]:
    """(words, other words) with plain spaces."""
    return [tuple(side.replace("+", " ") for side in pair.split("/")) for pair in SHIFTS.split()]  # type: ignore[misc]

"""What goes by two names: a country and its adjective, an American state and its postal code."""

from __future__ import annotations

_PEOPLES = """
irish ireland, french france, dutch netherlands, swiss switzerland, polish poland, danish denmark, welsh wales, scottish scotland,
english england, spanish spain, swedish sweden, finnish finland, turkish turkey, greek greece, thai thailand, norwegian norway,
portuguese portugal, filipino philippines, philippine philippines, peruvian peru, congolese congo, maltese malta, cypriot cyprus,
czech czechia, slovak slovakia, slovene slovenia, slovenian slovenia, burmese burma, ivorian ivory, cambodian cambodia,
emirati emirates, iraqi iraq, israeli israel, pakistani pakistan, bangladeshi bangladesh, afghan afghanistan, argentine argentina,
argentinian argentina, german germany, italian italy, belgian belgium, austrian austria, hungarian hungary, russian russia,
ukrainian ukraine, romanian romania, bulgarian bulgaria, serbian serbia, serb serbia, croatian croatia, croat croatia,
bosnian bosnia, albanian albania, icelandic iceland, latvian latvia, lithuanian lithuania, estonian estonia, canadian canada, mexican mexico, brazilian brazil, chilean chile, colombian colombia, venezuelan venezuela, cuban cuba,
jamaican jamaica, chinese china, japanese japan, korean korea, vietnamese vietnam, indian india, nepalese nepal, nepali nepal,
indonesian indonesia, malaysian malaysia, singaporean singapore, australian australia, egyptian egypt, libyan libya,
tunisian tunisia, algerian algeria, moroccan morocco, nigerian nigeria, kenyan kenya, ethiopian ethiopia, somali somalia,
ghanaian ghana, senegalese senegal, sudanese sudan, ugandan uganda, rwandan rwanda, zimbabwean zimbabwe, zambian zambia,
angolan angola, iranian iran, syrian syria, lebanese lebanon, jordanian jordan, kuwaiti kuwait, qatari qatar, yemeni yemen,
omani oman, turkmen turkmenistan, uzbek uzbekistan, kazakh kazakhstan, kyrgyz kyrgyzstan, tajik tajikistan, georgian georgia,
armenian armenia, azerbaijani azerbaijan, mongolian mongolia, taiwanese taiwan, holland netherlands, british uk, britain uk
"""
_STATES = """
TX texas, NY york, FL florida, NJ jersey, NV nevada, AZ arizona, CA california, GA georgia, IL illinois, MI michigan,
MN minnesota, NC carolina, NH hampshire, NM mexico, OH ohio, TN tennessee, UT utah, VA virginia, VT vermont, WA washington,
WI wisconsin, WY wyoming, KS kansas, KY kentucky, IA iowa, CT connecticut, AK alaska, OR oregon, MA massachusetts, PA pennsylvania, MD maryland,
MO missouri, MT montana, NE nebraska, ND dakota, SD dakota, SC carolina, AL alabama
"""

_PLACES = """
kiev kyiv, kharkov kharkiv, lvov lviv, odessa odesa, peking beijing, bombay mumbai, calcutta kolkata, madras chennai, bangalore bengaluru,
burma myanmar, rangoon yangon, turkiye turkey, koln cologne, koeln cologne, munchen munich, muenchen munich, nurnberg nuremberg,
wien vienna, zurich zurich, geneve geneva, genf geneva, milano milan, torino turin, napoli naples, roma rome, firenze florence, venezia venice,
lisboa lisbon, praha prague, warszawa warsaw, krakow cracow, moskva moscow, bruxelles brussels, antwerpen antwerp, gent ghent,
kobenhavn copenhagen, goteborg gothenburg, sevilla seville, bucuresti bucharest, beograd belgrade, athina athens, bale basel
"""


def _table(rows: str) -> dict[str, str]:
    return dict(row.split() for row in rows.replace("\n", " ").split(",") if row.strip())


#: Spelling or local name of a place -> the name under which it is kept.
PLACE = _table(_PLACES)
#: Adjective of a country -> the country.
COUNTRY = _table(_PEOPLES)
#: Postal code -> the words of the state's name that tell it.
STATE = _table(_STATES)

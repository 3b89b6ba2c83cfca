"""The English verbs whose forms the rules know: a closed list, so that nothing is inflected by guesswork."""

from __future__ import annotations

# base past participle; verbs whose past equals their base are told apart by the number of the subject.
_IRREGULAR = """
arise arose arisen|be was been|bear bore borne|beat beat beaten|become became become|begin began begun
bend bent bent|bind bound bound|bite bit bitten|bleed bled bled|blow blew blown|break broke broken
breed bred bred|bring brought brought|build built built|burn burned burned|burst burst burst|buy bought bought
catch caught caught|choose chose chosen|come came come|cost cost cost|cut cut cut|deal dealt dealt
dig dug dug|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen
feed fed fed|feel felt felt|fight fought fought|find found found|fly flew flown|forbid forbade forbidden
forget forgot forgotten|freeze froze frozen|get got got|give gave given|go went gone|grind ground ground
grow grew grown|hang hung hung|have had had|hear heard heard|hide hid hidden|hit hit hit|hold held held
hurt hurt hurt|keep kept kept|know knew known|lay laid laid|lead led led|learn learned learned
leave left left|lend lent lent|let let let|lie lay lain|light lit lit|lose lost lost|make made made
mean meant meant|meet met met|pay paid paid|put put put|quit quit quit|read read read|ride rode ridden
ring rang rung|rise rose risen|run ran run|say said said|see saw seen|seek sought sought|sell sold sold
send sent sent|set set set|sew sewed sewn|shake shook shaken|shine shone shone|shoot shot shot
show showed shown|shrink shrank shrunk|shut shut shut|sing sang sung|sink sank sunk|sit sat sat
sleep slept slept|slide slid slid|speak spoke spoken|spend spent spent|spin spun spun|split split split
spread spread spread|stand stood stood|steal stole stolen|stick stuck stuck|sting stung stung
strike struck struck|swell swelled swollen|swim swam swum|swing swung swung|take took taken
teach taught taught|tear tore torn|tell told told|think thought thought|throw threw thrown
understand understood understood|wake woke woken|wear wore worn|weave wove woven|win won won|wind wound wound
withdraw withdrew withdrawn|withstand withstood withstood|write wrote written|overcome overcame overcome
undergo underwent undergone|rebuild rebuilt rebuilt|undo undid undone|rewrite rewrote rewritten
overwrite overwrote overwritten
"""
_REGULAR = """
coin patent
absorb accept access accelerate achieve acquire activate adapt add address adjust adopt advise affect age agree aim
allow alter analyse analyze announce answer appear apply appoint approach approve argue arrange arrive assemble
assess assign assume attach attack attract automate avoid bake balance ban belong bind blend block boil boost borrow
bounce braid brew brush burn calculate call cancel capture care carry carve cause challenge change charge check chew
chill chop claim clean clear climb close coat collapse collect combine commit communicate compare compete compile
complete compose compress compute concentrate condense conduct configure confirm connect consider consist constrain
construct consume contain continue contract contribute control convert convince cook cool copy correct corrode count
cover crack crash create cross crumble crush crystallise crystallize cure damage darken debug decay decide declare
decline decompose decorate decrease define defrost delay delete deliver demand deny depend deploy deposit derive
descend describe deserve design destroy detect deter determine develop die differ digest diminish dip disable
disappear discard discharge disconnect discover discuss disinfect dismantle display dissolve distinguish distribute
disturb divide dominate double download drain dress drill drop dry dump earn ease educate elect eliminate emerge
emit employ enable encode encounter encourage encrypt end endure enforce engage enhance enjoy ensure enter erase
erode escape establish estimate evaluate evaporate evolve examine exceed exchange exclude exhaust exist expand
expect expel expire explain explode explore export expose express extend extract fade fail feature ferment fill
filter finish fit fix flatten float flood flow fluctuate focus fold follow force form found fry fuel function gain
gather generate glow glue govern grab grade grant grip guarantee guide handle happen harden harm harvest heal heat
help highlight hire house hydrate identify ignore illuminate imagine implement import impose improve include
incorporate increase indicate infect influence inform inherit inhibit inject insert inspect inspire install insulate
intend interact interfere interpret introduce invade invent invest investigate invite involve iron irritate isolate
issue join judge jump justify knead kill knock label lack land last launch leak lift limit link list live load
locate lock log look loosen love lower lubricate maintain manage manufacture mark massage match matter mature
measure melt mention merge migrate mill mind minimise minimize mix moisten monitor mount move multiply name navigate
need neglect notice obey observe obtain occupy occur offer open operate oppose opt orbit order organise organize
originate outlast overcook overflow overheat overlap owe own oxidise oxidize pack paint paste pause peel penetrate
perceive perform permit persist pick pinch place plan plant play point poison polish possess postpone pour practise
practice praise predict prefer prepare press preserve prevent proceed process produce profit prohibit promise
promote proof propose protect prove provide prune publish pull pump purchase purify push qualify quote raise range
reach react realise realize rebase receive recognise recognize recommend record recover recycle reduce refer refine
reflect refresh refuse regard register regulate reinforce reject relate relax release rely remain remember remind
remove rename renew renovate repair repeat replace reply report represent reproduce require rescue reserve reset
resist resolve respond restart rest restore restrict result retain retire retreat retry return reuse reveal reverse
review revive revise rewrite rinse rise roast roll rotate rub rule rush rust sail sand satisfy saturate save scale
scan scare scatter schedule scrape scratch scream screen seal search season secure seem select separate serve settle
shape share sharpen shelter shift shorten shred sign signal simmer simplify simulate skim skip slice slip slow smell
smooth snap soak soften solidify solve sort sound sow specify spill spray sprinkle sprout squeeze stabilise
stabilize stack stain start starve state stay steam steep stem step sterilise sterilize stick stimulate stir stop
store strain strengthen stretch strip struggle study submit substitute succeed suck suffer suggest suit supply
support suppose suppress surface surround survive suspect suspend sustain swallow swap sweep switch symbolise
symbolize tackle talk tan tap target taste tend terminate test thaw thicken thin threaten thrive tie tighten tilt
toast touch track trade train transfer transform translate transmit transport trap travel treat trigger trim trust
try tune turn twist unfold unify uninstall unite unlock unpack update upgrade upload urge use validate value vanish
vary ventilate verify view visit volunteer vote wait walk want warm warn wash waste watch water weaken weigh welcome
wet whip whisk widen wipe wish withhold wonder work worry wrap yield zoom backup mute unmute decant deglaze marinate
toss reheat freshen stiffen repot fertilise fertilize mulch compost propagate germinate transplant weed score aerate
descale degrease bleed prime patch mend darn knit crochet varnish glaze refill reseal reattach unclog unblock dust
vacuum bury tuck fluff scoop sieve strop hone whittle crimp deflate inflate dilute oversee arise commute relocate
rent hike photograph oxygenate crumple curdle
"""
_DOUBLED = frozenset(
    "admit ban beg chat chop clap commit compel control dip drag drip drop equip expel fit "
    "flip forget grab grin hop hug jog "
    "knit log mop nod occur omit pat permit pin plan plug pop prefer propel quit rebel refer "
    "regret rip rob rub scan scrub "
    "set ship shop shred skim skip slip snap sob spin split spot star stem step stir stop "
    "strap strip submit sum swap swim swing "
    "tap tan thin tip top transfer trap trim unplug unwrap upset wrap whip put cut get let "
    "run sit hit dig win begin wet "
    "shut input output program outfit refit".split()
)
_VOWELS = "aeiou"


def third_person(base: str) -> str:
    """``carry`` → ``carries``."""
    if base in ("have", "do", "go", "be"):
        return {"have": "has", "do": "does", "go": "goes", "be": "is"}[base]
    if base.endswith(("s", "x", "z", "ch", "sh")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2] not in _VOWELS else base + "s"


def _with_ending(base: str, ending: str) -> str:
    if base.endswith("e") and not (ending == "ing" and base.endswith(("ee", "oe", "ye"))):
        if ending == "ing" and base.endswith("ie"):
            return base[:-2] + "ying"
        return base[:-1] + ending
    if ending == "ed" and base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return base + (base[-1] if base in _DOUBLED else "") + ending


def gerund(base: str) -> str:
    """``stop`` → ``stopping``."""
    return "being" if base == "be" else _with_ending(base, "ing")


_irregular = {
    parts[0]: (parts[1], parts[2])
    for parts in (row.split() for row in _IRREGULAR.replace("\n", "|").split("|"))
    if parts
}
BASES = frozenset(_irregular) | frozenset(_REGULAR.split())
_PAST = {base: _irregular[base][0] if base in _irregular else _with_ending(base, "ed") for base in BASES}

THIRD = {third_person(base): base for base in BASES}
PAST = {past: base for base, past in _PAST.items()} | {"were": "be"}
PARTICIPLE = {_irregular[base][1] if base in _irregular else _PAST[base]: base for base in BASES}
GERUND = {gerund(base): base for base in BASES}
PAST_OF = _PAST

NOUNS_TOO = frozenset(
    "access address age aim answer approach attack balance ban block boost brush burn care "
    "cause challenge change charge check "
    "claim close coat contract control cook copy count cover crack crash cure damage decay "
    "decline decrease delay demand deposit "
    "design die display dress drain drill drink drive drop dump end escape estimate exchange "
    "export express extract fall feature "
    "feed fight file fill filter finish fit fix float flood flow focus fold force form fry "
    "fuel function gain glow glue grade grant "
    "grip guarantee guide harm harvest heat help highlight house import increase influence "
    "interest iron issue join judge jump kill "
    "knock label lack land last launch lead leak lift light limit link list load lock log "
    "look love lower mark massage match matter "
    "measure mill mind mix mount move name need notice offer open order own pack paint paste "
    "pause pick pinch place plan plant "
    "play point poison polish practice praise press process produce profit promise proof "
    "pump purchase quote raise range reach "
    "record release repair repeat reply report rescue reserve reset rest result return "
    "reverse review ride ring rise roast roll rule "
    "run rush rust sail sand scale scan scare schedule scratch scream screen seal search "
    "season set shape share shelter shift show "
    "sign signal sink sleep slice slide slip slow smell snap sort sound spin split spray "
    "spread stack stain stand start state stay "
    "steam stem step stick stop store strain stretch strike strip study supply support "
    "surface surround suspect swap sweep switch "
    "talk tan tap target taste test thaw tie toast touch track trade train transfer "
    "transport trap travel treat trigger trim trust "
    "try turn twist update upgrade use value view visit volunteer vote wait walk warm wash "
    "waste watch water weave welcome whisk "
    "win wind wish wonder work wrap yield zoom yeast dip bite break buy catch cost cut deal "
    "draw find hit hold keep lie make "
    "pay read saw shot sow steep stir weed compost mulch feel leave mean score rent hike".split()
)
"""Verbs whose base is as often a noun or adjective: they open a command only if an object follows."""

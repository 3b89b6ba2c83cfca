"""Arabic: its word order lets most statements become questions by putting the question word in front."""

# Arabic letters and digits are meant here, not the Latin ones that the linter finds alike.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shared.ai.extractive_rules.outline import Outline
from shared.ai.extractive_rules.wording import Wanted, Wording
from shared.models.content import QuestionKind

MAX_CHARS = 400
_MARKS = re.compile("[\u064b-\u0652\u0640\u0670]")
_KEY_NOUNS = (
    "أنواع|فوائد|أسباب|أهمية|مزايا|عيوب|أضرار|مكونات|شروط|أعراض|خصائص|مراحل|أفضل|طريقة|طرق|"
    "خطوات|قواعد|مخاطر|وظائف|معنى|تعريف|أصل|"
    "علامات|استخدامات|أخطاء|سعر|تكلفة|مدة|دور|هدف|سبب|تأثير|آثار|نتائج|مصادر|أدوات|مقادير"
)
_MASDARS = (
    "تحضير|اختيار|الحصول|تجنب|تخزين|حفظ|قياس|تنظيف|إزالة|صنع|بناء|زراعة|طحن|تبريد|تسخين|"
    "استخدام|استعمال|إصلاح|حماية|معرفة|التخلص|"
    "تقليل|زيادة|تحسين|الحفاظ|ضمان|منع|اختبار|تجفيف|تعلم|إنشاء|تثبيت|تشغيل|كتابة|التأكد|شحذ|"
    "ري|خبز|طهي|إعداد|تقطير|ترميم|صيانة|التحقق|تسريع|الوصول"
)
_POINTING = frozenset(
    "هذا هذه ذلك تلك هؤلاء أولئك هنا هناك ذاك هكذا أعلاه أدناه التالي التالية السابق السابقة "
    "نفسه نفسها الأمر الشيء كذلك أيضا أيضًا أيضاً بذلك لذلك بهذا بهذه لهذا لهذه فيه فيها منه "
    "منها عليه عليها به بها له لها إليه إليها عنه عنها معه معها أنه أنها إنه إنها".split()
)
_PRONOUNS = frozenset("هو هي هم هن هما نحن أنا كان كانت يكون تكون".split())
_PREPOSITIONS = frozenset(
    "في من إلى على عن مع عند بعد قبل بين تحت فوق خلال منذ حتى أو و ثم لكن إذا كل بعض لا ما لم لن قد كما".split()
)
_VAGUE = frozenset(
    "السبب النتيجة الحل المشكلة الجواب الفكرة السر الهدف الفرق الخطوة الأهم المهم الأفضل "
    "الأول الأولى الثاني الثانية الأخير الأخيرة البداية النهاية "
    "الخلاصة القاعدة الحقيقة الواقع المثال الطريقة الغاية الشرط الفارق الباقي النصيحة العبرة "
    "الدليل المقصود المطلوب الناتج اليوم الوقت المكان الرجل المرأة".split()
)
_HANGING = re.compile(
    r"(?:و?(?:هذا|هذه|ذلك|تلك|هؤلاء|هو|هي|هم|هنا|هناك|لكن|لكنه|لكنها|لذلك|لهذا|كذلك|أيضًا|"
    r"أيضا|أيضاً|ثم|بل|عندها|حينها|عندئذ|بعدها|بعد ذلك|أما|إنه|إنها|أنه|أنها|كلاهما|كلتاهما|"
    r"مثلًا|مثلا|فيه|فيها|منه|منها|له|لها|به|بها|كما|نعم|لا،|وإلا|غير أن|إلا أن|مع ذلك|رغم "
    r"ذلك|من هنا|في المقابل|بالمقابل|على العكس|والنتيجة|النتيجة|السبب|والسبب|أي أن|بذلك|وبذلك|"
    r"لأنه|لأنها|فإن|وإذا|وإن|ولأن|وكلما|ومعنى ذلك))(?=[\s،:.]|$)"
    r"|ف(?:قد|في|هو|هي|هذا|هذه|إن|إذا|لا|ال\w+|ي\w{3,}|ت\w{3,})(?=\s)"
)
_YEAR = r"(?:ال)?(?:عام|سنة)\s+(?:[12٠-٩0-9]\d{3}|[٠-٩]{4})(?:\s*(?:م|هـ|للميلاد|ق\.?\s?م\.?))?"
_DATED_FIRST = re.compile(
    rf"و?(?:في|سنة|عام)\s+(?:{_YEAR}|[12]\d{{3}}|[٠-٩]{{4}}|"
    rf"القرن\s+\S+(?:\s+عشر)?(?:\s+الميلادي)?)\s*(?:م\b)?،?\s+(.{{8,}})"
)
_PAST_VERBS = (
    "اخترع|اخترعت|اكتشف|اكتشفت|تأسس|تأسست|أسس|أسست|بدأ|بدأت|ظهر|ظهرت|وصل|وصلت|انتشر|انتشرت|"
    "افتتح|افتتحت|بنى|بنيت|أصدر|أصدرت|نشر|نشرت|صدر|صدرت|"
    "سجل|سجلت|أصبح|أصبحت|أعلن|أعلنت|دخل|دخلت|انتقل|انتقلت|قدم|قدمت|حصل|حصلت|نال|نالت|اعتمد|"
    "اعتمدت|استخدم|استخدمت|فاز|فازت|طور|طورت|صمم|صممت|أنشأ|أنشئ|أنشئت|وضع|وضعت|ابتكر|ابتكرت|"
    "أطلق|أطلقت|عرف|عرفت|توفي|توفيت|ولد|ولدت"
)
_PAST = re.compile(rf"(?:{_PAST_VERBS})$")
_COPULA = re.compile(
    r"(?P<subject>[^،؛:.()«»\"]{2,50}?)(?:\s+\([^)]{2,40}\)|،[^،]{2,40}،)?\s+(?P<copula>هو|هي)\s+(?P<complement>.{12,})"
)
_BECAUSE = re.compile(r"(?P<clause>[^؛:()«»]{10,110}?)،?\s+(?:لأن|لأنّ|لأنه|لأنها|لأنّه|لأنّها|لأنهم)\s+.{6,}")
_IF = re.compile(r"و?(?P<condition>إذا\s+[^،؛:.()]{6,70})،\s*(?:ف(?P<then>\S+)|(?P<plain>\S+))")
_AIM = re.compile(rf"و?ل(?P<aim>(?:{_MASDARS})(?:\s+[^،؛:.()]{{3,60}}))،\s+\S+")
_TAKES = re.compile(
    r"و?(?P<verb>يستغرق|تستغرق|يستمر|تستمر|يدوم|تدوم)\s+(?P<subject>(?:ال|عملية|عمر|"
    r"مدة)[^،؛:.()]{2,40}?)\s+(?:نحو|حوالي|قرابة|ما بين|من|بين|أكثر|أقل|\d|[٠-٩]|دقيقة|ساعة|"
    r"يوم|أسبوع|شهر|سنة|عدة|بضع|ثلاث|أربع|خمس|ست|سبع|ثماني|تسع|عشر|عشرين|ثلاثين)"
)
_CONSISTS = re.compile(r"و?(?P<verb>يتكون|تتكون|يتألف|تتألف)\s+(?P<subject>[^،؛:.()]{3,40}?)\s+من\s")
_MEANS = re.compile(r"(?:كلمة|مصطلح)\s+[«\"\u201c]?(?P<term>[^»\"\u201d،.]{2,30}?)[»\"\u201d]?\s+(?:تعني|يعني)\s")
_BASIC = re.compile(
    r"الفرق (?:بين .{3,60}?) (?:هو|هي|أن|في)\b|الفرق الأساسي بين .{3,60}? (?:هو|أن)\b|أفضل "
    r"(?:طريقة|وقت|مكان) ل.{3,50}? (?:هو|هي)\b"
)
_KINDS = (
    ("كم", QuestionKind.HOW_MANY),
    ("كيف", QuestionKind.HOW),
    ("لماذا", QuestionKind.WHY),
    ("لم ", QuestionKind.WHY),
    ("ما سبب", QuestionKind.WHY),
    ("ما أسباب", QuestionKind.WHY),
    ("متى", QuestionKind.WHEN),
    ("من أين", QuestionKind.WHERE),
    ("من ", QuestionKind.WHO),
    ("أين", QuestionKind.WHERE),
    ("إلى أين", QuestionKind.WHERE),
    ("إلى أي درجة", QuestionKind.HOW_MANY),
    ("ما", QuestionKind.WHAT),
    ("أي", QuestionKind.WHAT),
    ("هل", QuestionKind.OTHER),
    ("بماذا", QuestionKind.WHAT),
    ("مم", QuestionKind.WHAT),
    ("إلى أي", QuestionKind.WHAT),
    ("بأي", QuestionKind.WHAT),
    ("في أي", QuestionKind.WHAT),
)
_UNSAID = re.compile(
    r"(?:.{0,20}(?:يمكن|يجب|ينبغي|يستطيع|تستطيع) أن|(?:إلى \w+ \w+|كيف|لماذا|متى|أين|كم|"
    r"هل))\s+(?P<verb>[يت][\w\u064b-\u0652]{2,})"
    r"(?=\s*[،؟?]|\s+(?:في|من|إلى|على|عن|مع|بعد|قبل)\s)"
)
_INNER_COPULA = re.compile(r"[،؛]\s*و(?P<subject>ال[^\s،]+)\s+(?P<copula>هو|هي)\s+(?P<complement>[^،]{12,})")
_ASKS = re.compile(r"(?:كم|كيف|لماذا|لم|متى|من|أين|إلى|ما|ماذا|أي|أية|هل|بماذا|مم|بكم|بأي|في أي|لمن|عن|منذ متى|على)\s")


def from_heading(heading: str, outline: Outline) -> Iterator[Wording]:
    """The first question that one of the rules makes of the heading, if it is clear."""
    plain = re.sub(r"^(?:الخطوة \S+|[٠-٩\d]{1,2})\s*[:.)\u2013-]\s*", "", heading).strip().rstrip(".:")
    if not 8 <= len(plain) <= 140:
        return
    bare = _MARKS.sub("", plain)
    how_to = re.fullmatch(r"كيفية (.+)", plain)
    if plain.endswith(("؟", "?")):
        wording = _worded(_with_subject(re.sub(r"^و(?=(?:كيف|لماذا|متى|أين|هل|ما|كم)\s)", "", plain), outline), 0.95)
    elif how_to:
        wording = _worded(f"كيف يمكن {how_to[1]}", 0.9, wanted=Wanted.STEPS)
    elif re.match(r"(?:كيف|لماذا|متى|أين|كم|ماذا)\s", bare):
        wording = _worded(plain, 0.9, wanted=Wanted.REASON if bare.startswith("لماذا") else Wanted.STEPS)
    elif re.match(r"ما (?:هو|هي)\s", bare):
        wording = _worded(plain, 0.9)
    elif re.match(rf"(?:{_KEY_NOUNS}) \S+", bare) or re.match(r"الفرق بين \S+ و", bare):
        wording = _worded(f"ما {plain}", 0.85)
    else:
        return
    if is_clear(wording.question):
        yield wording


def from_sentence(sentence: str, outline: Outline) -> Iterator[Wording]:
    """Every clear question that a rule makes of the sentence."""
    if not 20 <= len(sentence) <= MAX_CHARS or sentence[-1] in "؟?:":
        return
    text = sentence.rstrip(".! ")
    for rule in (_definition, _reason, _condition, _aim, _dated, _framed):
        for wording in rule(text, outline):
            if is_clear(wording.question):
                yield wording


def hangs(sentence: str) -> bool:
    """Whether a sentence leans on the one before it and so cannot open an answer."""
    return _HANGING.match(_MARKS.sub("", sentence).lstrip('«"\u201c(')) is not None


def kind_of(question: str) -> QuestionKind:
    """What a question asks for, by its first words."""
    bare = _MARKS.sub("", question)
    return next((kind for opening, kind in _KINDS if bare.startswith(opening)), QuestionKind.OTHER)


def is_clear(question: str) -> bool:
    """Whether a question names its subject and points at nothing outside itself."""
    bare = _MARKS.sub("", question)
    words = re.findall(r"\w+", bare)
    if (
        not 3 <= len(words) <= 20
        or len(question) > 160
        or not _ASKS.match(bare)
        or any(word in _POINTING for word in words)
    ):
        return False
    if re.match(r"(?:ما|من)\s+(?:هو|هي)؟?$", bare) or re.match(
        r"ما رأيك|هل (?:تعلم|سبق|أنت|لديك أسئلة|تريد)|ماذا بعد|هل من", bare
    ):
        return False
    return _names_subject(bare, words)


def _with_subject(question: str, outline: Outline) -> str:
    """Names the article's chief noun of the verb's gender where a heading leaves its subject unsaid."""
    match = _UNSAID.match(question)
    if match is None:
        return question
    feminine = _MARKS.sub("", match["verb"]).startswith("ت")
    nouns = [
        (count, word)
        for word, count in outline.counts.items()
        if word.startswith("ال")
        and len(_MARKS.sub("", word)) > 4
        and _MARKS.sub("", word) not in _VAGUE
        and word.endswith(("ة", "ات")) == feminine
    ]
    count, noun = max(nouns, default=(0, ""))
    return f"{question[: match.end('verb')]} {noun}{question[match.end('verb') :]}" if count >= 5 else question


def _names_subject(bare: str, words: list[str]) -> bool:
    """Refuses "كيف تضعف؟" and "إلى أي درجة يمكن أن يبرد؟", whose verbs have no subject but one left unsaid."""
    unsaid = _UNSAID.match(bare)
    first_suffixed = next(
        (place for place, word in enumerate(words) if len(word) > 4 and word.endswith(("ها", "هم", "هما"))), None
    )
    return unsaid is None and (first_suffixed is None or first_suffixed >= 3)


def _worded(question: str, trust: float, *, wanted: Wanted = Wanted.ANY) -> Wording:
    text = " ".join(question.split()).rstrip("؟?.،: ") + "؟"
    return Wording(text, kind_of(text), trust, wanted=wanted)


def _is_noun_phrase(text: str) -> bool:
    words = _MARKS.sub("", text).split()
    if (
        not 1 <= len(words) <= 6
        or words[0] in _POINTING | _PRONOUNS | _PREPOSITIONS
        or any(word in _POINTING for word in words)
    ):
        return False
    return not (
        words[0] in _VAGUE
        or words[0].endswith(("ها", "هم"))
        or any(word in ("التي", "الذي", "أن", "إن", "هذا", "كان", "لا") for word in words)
    )


def _definition(text: str, outline: Outline) -> Iterator[Wording]:
    basic = _BASIC.match(text)
    if basic:
        yield _worded("ما " + re.sub(r"\s+(?:هو|هي|أن|في)$", "", basic.group()), 0.85)
        return
    match = _COPULA.match(text)
    if match is None or not _is_noun_phrase(match["subject"]):
        match = _INNER_COPULA.search(text)
    if match is None or not _is_noun_phrase(match["subject"]):
        return
    words = match["subject"].split()
    complement = _MARKS.sub("", match["complement"])
    head = _MARKS.sub("", words[0])
    if (
        len(words) > 4
        or re.match(r"(?:أن|أنه|أنها|ما|من أن|الأفضل|الأهم|السبب|الذي|التي|في|ألا|إلى)\s", complement)
        or (head.startswith(("و", "ف", "ل", "ب")) and not head.startswith("ال"))
    ):
        return
    # An attribute ("هو بارد") defines nothing: a definition names a class and goes on.
    if len(complement.split()) >= 4 and outline.counts[head] >= 1:
        yield _worded(f"ما {match['copula']} {match['subject']}", 0.82)


def _reason(text: str, _: Outline) -> Iterator[Wording]:
    match = _BECAUSE.match(text)
    if match is None:
        yield from _consequence(text)
        return
    clause = match["clause"].rpartition("،")[2].strip()
    bare = _MARKS.sub("", clause).split()
    verb_first = re.fullmatch(r"[يت]\w{2,}", bare[0]) is not None if bare else False
    named = len(bare) >= 3 and (
        (verb_first and not bare[1].startswith(("في", "من", "إلى"))) or bare[0].startswith("ال")
    )
    if (
        named
        and "،" not in match["clause"]
        and bare[0] not in _POINTING | _PRONOUNS | _VAGUE
        and not any(word in ("أن", "الذي", "التي") for word in bare)
    ):
        yield _worded(f"لماذا {clause}", 0.78)


def _consequence(text: str) -> Iterator[Wording]:
    match = re.match(r"و?(?:لذلك|لهذا|لهذا السبب|من أجل ذلك)،?\s+(?P<clause>[يت][^،؛:.()]{12,90})", text)
    if match is None:
        return
    words = _MARKS.sub("", match["clause"]).split()
    if len(words) >= 3 and words[1] not in _PREPOSITIONS | _POINTING and not words[0].endswith(("ها", "ه")):
        yield replace(_worded(f"لماذا {match['clause']}", 0.76), before=1)


def _condition(text: str, _: Outline) -> Iterator[Wording]:
    match = _IF.match(text)
    if match is None:
        return
    condition = match["condition"]
    then = _MARKS.sub("", match["then"] or match["plain"] or "")
    advises = re.match(
        r"(?:ا(?!ل)\w{2,}|أ\w{2,}|ضع|قلل|زد|جرب|يمكنك|عليك|يكفي|يفضل|ننصح|ينصح|لا|من الأفضل|خذ|قم|"
        r"حاول|غير|بلل|خفف|نظف|سخن|برد|بدل)",
        then,
    )
    if advises and len(condition.split()) >= 3 and not re.search(r"\b(?:أردت|رغبت|شئت|أمكن|كنت تريد|لزم)\b", condition):
        yield _worded(f"ماذا أفعل {condition}", 0.8)


def _aim(text: str, _: Outline) -> Iterator[Wording]:
    match = _AIM.match(_MARKS.sub("", text))
    if match:
        yield _worded(f"كيف يمكن {match['aim']}", 0.82)


def _dated(text: str, _: Outline) -> Iterator[Wording]:
    match = _DATED_FIRST.match(text)
    if match is None:
        return
    clause = re.split(r"[،؛:(]|\sو(?=[ا-ي]{4,}\s)|\sثم\s|\sبعد أن\s|\sعندما\s", match[1])[0].strip()
    words = _MARKS.sub("", clause).split()
    if 3 <= len(words) <= 16 and _PAST.match(words[0]):
        yield _worded(f"متى {clause}", 0.78)


def _framed(text: str, _: Outline) -> Iterator[Wording]:
    for pattern, asking in ((_TAKES, "كم"), (_CONSISTS, "ممَّ")):
        match = pattern.match(text)
        if match and _is_noun_phrase(match["subject"]):
            yield _worded(f"{asking} {match['verb']} {match['subject']}", 0.8)
    means = _MEANS.match(text)
    if means:
        yield _worded(f"ما معنى كلمة «{means['term']}»", 0.86)

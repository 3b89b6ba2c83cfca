"""What a question wants to be told, and whether a text has anything of that kind in it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from shared.text.numerals import numbers_in


class Wanted(StrEnum):
    """The kind of thing that answers a question."""

    PRICE = "price"
    WEIGHT = "weight"
    TEMPERATURE = "temperature"
    BRAND = "brand"
    FREQUENCY = "frequency"
    DURATION = "duration"
    AMOUNT = "amount"
    REASON = "reason"
    TIME = "time"
    PLACE = "place"
    PERSON = "person"
    WAY = "way"


# The first that matches counts: "how many hours" asks for a duration before it asks for an amount.
_ASKING: dict[Wanted, dict[str, str]] = {
    Wanted.PRICE: {
        "en": r"\b(?:costs?|price|prices|pricey|expensive|cheap)\b|how much (?:is|are|do i pay|money)\b",
        "de": r"\bkoste[nt]?\w*|\bpreise?\b|\bteuer\b|\bbillig\b",
        "fr": r"\bcoûte\w*|\bprix\b|\bcher\b",
        "es": r"\bcuesta\w*|\bprecio\b|\bcaro\b|\bvale\b",
        "ar": "سعر|ثمن|تكلف|يكلف|أسعار",
        "zh": "价格|多少钱|费用|贵",
    },
    Wanted.WEIGHT: {
        "en": r"\bhow heavy\b|\bweigh(?:s|t)?\b|\bhow many (?:kilos?|pounds|tons|tonnes|grams?)\b",
        "de": r"\bwie schwer\b|\bwieg[et]n?\b|\bgewicht\b",
        "fr": r"\bpèse\w*|\bpoids\b",
        "es": r"\bpesa\w*|\bpeso\b",
        "ar": "وزن|يزن|تزن",
        "zh": "多重|重量",
    },
    Wanted.TEMPERATURE: {
        "en": r"\bhow (?:hot|warm|cold)\b|\btemperature\b|\bhow many degrees\b",
        "de": r"\bwie (?:heiß|warm|kalt)\b|\btemperatur\b|\bwie viel grad\b",
        "fr": r"\btempérature\b|\bdegrés\b",
        "es": r"\btemperatura\b|\bgrados\b",
        "ar": "درجة الحرارة|درجة حرارة",
        "zh": "温度|多少度",
    },
    Wanted.BRAND: {
        "en": r"\bbrands?\b",
        "de": r"\bmarken?\b",
        "fr": r"\bmarques?\b",
        "es": r"\bmarcas?\b",
        "ar": "ماركة|علامة تجارية",
        "zh": "品牌|牌子",
    },
    Wanted.FREQUENCY: {
        "en": r"\bhow (?:often|frequently)\b|\bhow many times\b",
        "de": r"\bwie oft\b|\bwie häufig\b",
        "fr": r"\bfréquence\b|combien de fois|tous les combien",
        "es": r"\bfrecuencia\b|cada cuánto|cuántas veces",
        "ar": "كم مرة",
        "zh": "多久一次|几次|多少次",
    },
    Wanted.DURATION: {
        "en": r"\bhow (?:long|soon|quickly)\b|\bhow many (?:seconds|minutes|hours|days|weeks|months|years)\b",
        "de": r"\bwie lange\b|\bwie vielen? (?:sekunden|minuten|stunden|tage|tagen|wochen|monaten?|jahren?)\b",
        "fr": r"combien de (?:temps|minutes|heures|jours|semaines|mois|ans)|\bdurée\b",
        "es": r"cuánto (?:tiempo|dura|tarda)|cuánt[oa]s (?:minutos|horas|días|semanas|meses|años)",
        "ar": "كم من الوقت|كم (?:يوم|ساعة|دقيقة|شهر|سنة|أسبوع)|كم (?:يستغرق|تستغرق|يدوم|تدوم)",
        "zh": "多久|多长时间|几(?:分钟|小时|天|周|个月|年)",
    },
    Wanted.AMOUNT: {
        "en": r"\bhow (?:much|many|big|tall|far|thick|deep|high|wide|large|strong|old|fast)\b|\bamount of\b",
        "de": r"\bwie ?viele?n?\b|\bwie (?:hoch|groß|weit|tief|dick|breit|alt|schnell)\b|\bmenge\b",
        "fr": r"\bcombien\b|\bquantité\b",
        "es": r"\bcuánt[oa]s?\b|\bcantidad\b",
        "ar": r"\bكم\b|مقدار|كمية",
        "zh": "多少|几个|多大|多高|多远|多深",
    },
    Wanted.REASON: {
        "en": r"\bwhy\b|\bhow come\b|\breasons?\b|\bwhat (?:causes|makes)\b",
        "de": r"\bwarum\b|\bwieso\b|\bweshalb\b|\bgründe?\b|\bursachen?\b|\bworan liegt\b",
        "fr": r"\bpourquoi\b|\braisons?\b|\bcauses?\b",
        "es": r"\bpor qué\b|\bcausas?\b|\brazón\b|a qué se debe",
        "ar": "لماذا|سبب|أسباب",
        "zh": "为什么|为何|原因",
    },
    Wanted.TIME: {
        "en": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)\b",
        "de": r"\bwann\b|\bwelche[mnrs]? (?:jahr|monat|tag)\b|\bseit wann\b",
        "fr": r"\bquand\b|\bquelle (?:année|date)\b",
        "es": r"\bcuándo\b|\bqué (?:año|fecha)\b",
        "ar": "متى|أي (?:عام|سنة|يوم)",
        "zh": "什么时候|何时|哪一?年",
    },
    Wanted.PLACE: {
        "en": r"\bwhere\b",
        "de": r"\bwo\b|\bwoher\b|\bwohin\b",
        "fr": r"\boù\b",
        "es": r"\bdónde\b",
        "ar": "أين|وين",
        "zh": "哪里|在哪|何处",
    },
    Wanted.PERSON: {
        "en": r"\bwho\b|\bby whom\b",
        "de": r"\bwer\b|\bvon wem\b",
        "fr": r"^qui\b",
        "es": r"\bquién(?:es)?\b",
        "ar": r"^(?:من|مَن) ",
        "zh": "谁",
    },
    Wanted.WAY: {
        "en": r"\bhow\b|\bway to\b|\bsteps?\b|\bmethod\b",
        "de": r"\bwie\b|\bwomit\b|\banleitung\b",
        "fr": r"\bcomment\b",
        "es": r"\bcómo\b",
        "ar": "كيف|طريقة",
        "zh": "怎么|怎样|如何",
    },
}

_MONEY = (
    "[€$£¥₹]|\\b(?:euros?|eur|usd|dollars?|pounds?|francs?|cents?|yen|price[ds]?|costs?|cheap\\w*|expensive|kost\\w+|"
    "preis\\w*|teuer\\w*|billig\\w*|prix|coût\\w*|precio|cuesta\\w*)\\b|"
    "دولار|يورو|درهم|ريال|دينار|جنيه|ليرة|سعر|ثمن|元|块钱|价格"
)
_MASS = (
    r"\b(?:kg|kilos?|kilograms?|kilogramm|grams?|gramm|grammes?|gramos?|g|tons?|tonnes?|tonnen?|pounds?|lbs?|ounces?|"
    r"weighs?|weight|wieg\w*|gewicht\w*|schwer|poids|peso)\b|\d ?(?:g|kg|t|lb)\b|كيلو|غرام|جرام|طن|وزن|公斤|千克|克|吨"
)
_DEGREES = (
    r"°|\b(?:degrees?|grad|degrés?|grados?|celsius|fahrenheit|kelvin|hot|warm|cold|boil\w*|heiß\w*|kalt\w*|koch\w*|"
    r"lauwarm\w*|chaud|froid|caliente|fría?)\b|درجة|درجات|حرارة|度|温"
)
_SPAN = (
    r"\b(?:seconds?|minutes?|hours?|days?|nights?|overnight|weeks?|months?|years?|decades?|centur\w+|"
    r"sekunden?|minuten?|stunden?|tage?n?|nacht|nächte|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?|"
    r"années?|horas?|minutos?|días?|semanas?|meses|años?|until|forever|bis)\b|"
    r"\d ?(?:s|min|h)\b|ثاني|دقيق|دقائق|ساع|يوم|أيام|أسبوع|شهر|أشهر|سنة|سنوات|عام|秒|分钟|小时|天|周|月|年"
)
_REPEATED = (
    r"\b(?:every|each|daily|weekly|monthly|yearly|once|twice|times|often|seldom|rarely|always|after each|whenever|"
    r"jede[nrsm]?|täglich|wöchentlich|monatlich|jährlich|einmal|zweimal|dreimal|mal|nach jedem|immer|selten|"
    r"chaque|fois|tous les|cada|veces|diari\w+)\b|كل|مرة|مرات|يوميا|每|次"
)
_DATED = (
    r"\b\d{3,4}\b|\b\d{1,2}[:.]\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december|spring|summer|autumn|fall|winter|morning|evening|night|today|when|after|before|once|as soon as|until|"
    r"januar|februar|märz|mai|juni|juli|oktober|dezember|frühling|sommer|herbst|morgens?|abends?|wenn|nach|vor|sobald|"
    r"bis|quand|après|avant|cuando|después|antes|siglo|siècle|centur\w+|jahrhundert\w*)\b|"
    r"[\u0660-\u0669]{3,4}|عام|سنة|قرن|بعد|قبل|عند|حين|صباح|مساء|صيف|شتاء|年|月|世纪|之后|之前|时候"
)
_BRANDED = r"\bbrands?\b|\bmarken?\b|\bmarques?\b|\bmarcas?\b|ماركة|علامة تجارية|品牌|牌子"

_TOLD_BY = {
    Wanted.PRICE: _MONEY,
    Wanted.WEIGHT: _MASS,
    Wanted.TEMPERATURE: _DEGREES,
    Wanted.BRAND: _BRANDED,
    Wanted.DURATION: _SPAN,
    Wanted.TIME: _DATED,
}


def kind_of(question: str, language: str) -> Wanted | None:
    """The kind of thing that a question asks for, None when it cannot be told ("visa for Japan")."""
    lowered = question.casefold()
    asking = ((kind, _asking(kind, language)) for kind in Wanted)
    return next((kind for kind, pattern in asking if pattern and pattern.search(lowered)), None)


def tells(text: str, kind: Wanted, language: str) -> bool:
    """Whether a text has anything of a kind in it; kinds that nothing gives away count as told."""
    if kind in (Wanted.AMOUNT, Wanted.FREQUENCY):
        repeated = kind is Wanted.FREQUENCY and re.search(_REPEATED, text, re.IGNORECASE)
        return bool(repeated) or bool(numbers_in(text, language))
    pattern = _TOLD_BY.get(kind)
    return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None


@cache
def _asking(kind: Wanted, language: str) -> re.Pattern[str] | None:
    pattern = _ASKING[kind].get(language)
    return re.compile(pattern) if pattern else None

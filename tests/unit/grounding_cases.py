"""Answers to one passage each, labelled by hand: the table that the grounding thresholds were chosen on."""

from __future__ import annotations

from typing import Literal, NamedTuple

Label = Literal["verbatim", "paraphrase", "unsupported", "number", "name", "negation"]


class Case(NamedTuple):
    language: str
    passage: str
    question: str
    answer: str
    label: Label


_HONEY = (
    "Honey keeps for decades because it holds less than 18 percent water, so little that bacteria dry out in it. In 1913 "
    "the American archaeologist Theodore Davis opened a tomb in Egypt and found jars whose honey was still edible. Once a "
    "jar is opened, however, honey draws moisture from the air and can ferment."
)
_LIGHTHOUSE = (
    "The lighthouse of Westerhever was completed in 1908 and stands 41.5 metres tall on a terp in the salt marsh. Its light "
    "reaches 21 nautical miles. The two houses beside it were home to three keepers and their families until 1978, when the "
    "light was automated. Visitors may climb the 157 steps, but children under eight years are not admitted."
)
_GLASS = (
    "Old window panes are not thicker at the bottom because glass flows. Medieval glaziers spun molten glass into discs, which "
    "came out uneven, and they usually set the heavier edge at the bottom. Physicist Edgar Zanotto calculated in 1998 that "
    "cathedral glass would need longer than the age of the universe to sag visibly at room temperature."
)
_BROT = (
    "Ein Sauerteigbrot braucht nur Mehl, Wasser und Salz, aber viel Zeit. Der Teig ruht zwölf bis sechzehn Stunden bei 24 Grad, "
    "damit die Milchsäurebakterien genug Säure bilden. Bäckermeisterin Johanna Lindner aus Freiburg gibt auf 1.000 Gramm "
    "Mehl 20 Gramm Salz. Hefe ist nicht nötig, weil die wilden Hefen im Ansatz den Teig lockern."
)
_MOOR = (
    "Moore bedecken nur drei Prozent der Landfläche, speichern aber doppelt so viel Kohlenstoff wie alle Wälder der Erde "
    "zusammen. In Deutschland sind 95 Prozent der Moore entwässert. Das Teufelsmoor bei Bremen wurde ab 1751 unter Jürgen "
    "Christian Findorff besiedelt. Entwässerte Moore stoßen jährlich rund 53 Millionen Tonnen Kohlendioxid aus."
)
_UHR = (
    "Mechanische Uhren gehen in der Kälte anders als in der Wärme, weil sich die Unruhspirale ausdehnt. Charles Édouard "
    "Guillaume erfand dafür 1896 die Legierung Invar, die sich kaum ausdehnt, und erhielt 1920 den Nobelpreis für Physik. Eine "
    "gute Automatikuhr weicht am Tag höchstens fünf Sekunden ab. Magnetfelder schaden einer Uhr mit Siliziumspirale nicht."
)
_OLIVE = (
    "تعيش شجرة الزيتون مئات السنين لأن جذورها تجدد نفسها بعد كل حريق أو قطع. يبدأ قطف الزيتون في فلسطين في شهر أكتوبر ويستمر "
    "ستة أسابيع. يعطي كل مئة كيلوغرام من الثمار نحو ٢٠ لترًا من الزيت. لا ينبغي حفظ الزيت في أوعية شفافة لأن الضوء يفسده."
)
_PAPER = (
    "انتقلت صناعة الورق من الصين إلى سمرقند بعد معركة طلاس سنة ٧٥١. أسس الوزير الفضل بن يحيى أول مصنع للورق في بغداد سنة ٧٩٤. "
    "كان الورق أرخص من الرق بكثير، فانتشرت الكتب والمكتبات. لم تعرف أوروبا صناعة الورق إلا في القرن الثاني عشر."
)
_COFFEE_AR = (
    "تزرع قهوة أرابيكا على ارتفاع يتراوح بين ١٠٠٠ و٢٠٠٠ متر لأن البرودة تبطئ نضج الثمار. تحتوي حبوب روبوستا على ضعف كمية "
    "الكافيين الموجودة في أرابيكا. يحمص البن في درجة حرارة تصل إلى ٢٣٠ درجة مئوية مدة لا تزيد على خمس عشرة دقيقة."
)

CASES: tuple[Case, ...] = (
    Case("en", _HONEY, "Why does honey keep so long?", "Honey keeps for decades because it holds less than 18 percent water, so little that bacteria dry out in it.", "verbatim"),
    Case("en", _HONEY, "Why does honey keep so long?", "It contains under 18% water, which makes bacteria dry out.", "paraphrase"),
    Case("en", _HONEY, "What did Theodore Davis find in Egypt?", "In 1913 he opened a tomb and discovered jars of honey that could still be eaten.", "paraphrase"),
    Case("en", _HONEY, "Can opened honey go bad?", "Yes, an opened jar draws moisture from the air, so the honey can ferment.", "paraphrase"),
    Case("en", _HONEY, "Why does honey keep so long?", "Honey keeps for decades because it holds less than 8 percent water.", "number"),
    Case("en", _HONEY, "When was edible honey found in a tomb?", "It was found in an Egyptian tomb in 1931.", "number"),
    Case("en", _HONEY, "Who found the honey in the tomb?", "The archaeologist Howard Carter opened the tomb and found edible honey.", "name"),
    Case("en", _HONEY, "Where was the old honey found?", "The jars of edible honey were found in a tomb in Greece.", "name"),
    Case("en", _HONEY, "Is honey healthy?", "Honey soothes sore throats and strengthens the immune system of small children.", "unsupported"),
    Case("en", _HONEY, "How is honey made?", "Bees collect nectar from flowers and evaporate it with their wings inside the hive.", "unsupported"),
    Case("en", _HONEY, "Can opened honey go bad?", "Once a jar is opened, honey draws no moisture from the air and cannot ferment.", "negation"),
    Case("en", _LIGHTHOUSE, "How tall is the lighthouse of Westerhever?", "The lighthouse stands 41.5 metres tall.", "paraphrase"),
    Case("en", _LIGHTHOUSE, "Who lived beside the lighthouse?", "Three keepers lived there with their families until the light was automated in 1978.", "paraphrase"),
    Case("en", _LIGHTHOUSE, "How many steps does the lighthouse have?", "Visitors may climb the 157 steps.", "verbatim"),
    Case("en", _LIGHTHOUSE, "How far does the light reach?", "The light can be seen 21 nautical miles away.", "paraphrase"),
    Case("en", _LIGHTHOUSE, "How far does the light reach?", "Its light reaches 12 nautical miles.", "number"),
    Case("en", _LIGHTHOUSE, "Who lived beside the lighthouse?", "The two houses were home to four keepers and their families.", "number"),
    Case("en", _LIGHTHOUSE, "When was the lighthouse completed?", "The lighthouse of Pellworm was completed in 1908.", "name"),
    Case("en", _LIGHTHOUSE, "May small children climb it?", "Children under eight years are admitted.", "negation"),
    Case("en", _LIGHTHOUSE, "What does a visit cost?", "Tickets are sold at the harbour office and include a guided walk through the dunes.", "unsupported"),
    Case("en", _LIGHTHOUSE, "Why was the lighthouse built?", "Merchants demanded a signal after several ships ran aground on nearby sandbanks.", "unsupported"),
    Case("en", _GLASS, "Why are old panes thicker at the bottom?", "Glaziers spun molten glass into uneven discs and usually set the heavier edge at the bottom.", "paraphrase"),
    Case("en", _GLASS, "Does glass flow at room temperature?", "No, cathedral glass would need longer than the age of the universe to sag visibly.", "paraphrase"),
    Case("en", _GLASS, "Why are old panes thicker at the bottom?", "Old window panes are thicker at the bottom because glass flows.", "negation"),
    Case("en", _GLASS, "Who calculated how slowly glass sags?", "Physicist Edgar Zanotto calculated it in 1998.", "paraphrase"),
    Case("en", _GLASS, "Who calculated how slowly glass sags?", "Physicist Richard Feynman calculated it in 1998.", "name"),
    Case("en", _GLASS, "What is glass made of?", "Sand, soda ash and limestone are melted together in a furnace.", "unsupported"),
    Case("de", _BROT, "Was braucht ein Sauerteigbrot?", "Ein Sauerteigbrot braucht nur Mehl, Wasser und Salz, aber viel Zeit.", "verbatim"),
    Case("de", _BROT, "Wie lange ruht der Teig?", "Er ruht 12 bis 16 Stunden bei 24 Grad.", "paraphrase"),
    Case("de", _BROT, "Warum braucht man keine Hefe?", "Die wilden Hefen im Ansatz lockern den Teig bereits.", "paraphrase"),
    Case("de", _BROT, "Wie viel Salz kommt in den Teig?", "Auf 1000 Gramm Mehl gibt Johanna Lindner 20 Gramm Salz.", "paraphrase"),
    Case("de", _BROT, "Wie viel Salz kommt in den Teig?", "Auf 1.000 Gramm Mehl kommen 30 Gramm Salz.", "number"),
    Case("de", _BROT, "Wie lange ruht der Teig?", "Der Teig ruht acht bis zehn Stunden bei 24 Grad.", "number"),
    Case("de", _BROT, "Wer gibt 20 Gramm Salz dazu?", "Die Bäckermeisterin Petra Hoffmann aus Freiburg gibt 20 Gramm Salz dazu.", "name"),
    Case("de", _BROT, "Woher kommt Johanna Lindner?", "Die Bäckermeisterin kommt aus Hamburg.", "name"),
    Case("de", _BROT, "Ist Hefe nötig?", "Ja, Hefe ist nötig, weil die wilden Hefen im Ansatz den Teig lockern.", "negation"),
    Case("de", _BROT, "Ist Sauerteigbrot gesund?", "Es enthält viele Ballaststoffe und senkt nachweislich den Blutzuckerspiegel.", "unsupported"),
    Case("de", _BROT, "Wie bewahrt man Brot auf?", "Am besten hält es sich in einem Steintopf mit Deckel, niemals im Kühlschrank.", "unsupported"),
    Case("de", _MOOR, "Wie viel Kohlenstoff speichern Moore?", "Moore speichern doppelt so viel Kohlenstoff wie alle Wälder zusammen.", "paraphrase"),
    Case("de", _MOOR, "Wie viele Moore sind in Deutschland entwässert?", "In Deutschland sind 95 % der Moore entwässert.", "paraphrase"),
    Case("de", _MOOR, "Wer besiedelte das Teufelsmoor?", "Das Teufelsmoor wurde ab 1751 unter Jürgen Christian Findorff besiedelt.", "verbatim"),
    Case("de", _MOOR, "Wie viel Kohlendioxid stoßen entwässerte Moore aus?", "Jährlich gelangen aus ihnen etwa 53 Millionen Tonnen Kohlendioxid in die Luft.", "paraphrase"),
    Case("de", _MOOR, "Wie viel Kohlendioxid stoßen entwässerte Moore aus?", "Sie stoßen jährlich rund 53 Milliarden Tonnen Kohlendioxid aus.", "number"),
    Case("de", _MOOR, "Wie viele Moore sind in Deutschland entwässert?", "In Deutschland sind 59 Prozent der Moore entwässert.", "number"),
    Case("de", _MOOR, "Wer besiedelte das Teufelsmoor?", "Das Teufelsmoor wurde ab 1751 unter Friedrich Wilhelm besiedelt.", "name"),
    Case("de", _MOOR, "Wo liegt das Teufelsmoor?", "Das Teufelsmoor liegt in Bayern.", "name"),
    Case("de", _MOOR, "Sind deutsche Moore entwässert?", "Die Moore in Deutschland sind nicht entwässert.", "negation"),
    Case("de", _MOOR, "Welche Tiere leben im Moor?", "Kreuzottern, Libellen und Kraniche finden dort seltene Brutplätze.", "unsupported"),
    Case("de", _MOOR, "Wie werden Moore wiedervernässt?", "Man verschließt Gräben mit Spundwänden und hebt den Grundwasserspiegel an.", "unsupported"),
    Case("de", _UHR, "Warum gehen Uhren in der Kälte anders?", "Weil sich die Unruhspirale je nach Temperatur ausdehnt.", "paraphrase"),
    Case("de", _UHR, "Wer erfand Invar?", "Charles Édouard Guillaume erfand die Legierung 1896 und erhielt 1920 den Nobelpreis.", "paraphrase"),
    Case("de", _UHR, "Wie genau ist eine gute Automatikuhr?", "Sie weicht täglich um höchstens 5 Sekunden ab.", "paraphrase"),
    Case("de", _UHR, "Wie genau ist eine gute Automatikuhr?", "Sie weicht am Tag höchstens 15 Sekunden ab.", "number"),
    Case("de", _UHR, "Wer erfand Invar?", "Abraham Louis Breguet erfand die Legierung im Jahr 1896.", "name"),
    Case("de", _UHR, "Schaden Magnetfelder einer Uhr mit Siliziumspirale?", "Magnetfelder schaden einer Uhr mit Siliziumspirale.", "negation"),
    Case("de", _UHR, "Wie oft muss eine Uhr zur Wartung?", "Alle paar Jahre sollte ein Uhrmacher das Werk reinigen und neu ölen.", "unsupported"),
    Case("ar", _OLIVE, "لماذا تعيش شجرة الزيتون طويلًا؟", "تعيش شجرة الزيتون مئات السنين لأن جذورها تجدد نفسها بعد كل حريق أو قطع.", "verbatim"),
    Case("ar", _OLIVE, "متى يبدأ قطف الزيتون؟", "يبدأ القطف في فلسطين في أكتوبر ويستمر 6 أسابيع.", "paraphrase"),
    Case("ar", _OLIVE, "كم يعطي الزيتون من الزيت؟", "كل مئة كيلوغرام من الزيتون تعطي نحو 20 لترًا من الزيت.", "paraphrase"),
    Case("ar", _OLIVE, "لماذا لا يحفظ الزيت في أوعية شفافة؟", "لأن الضوء يفسد الزيت.", "paraphrase"),
    Case("ar", _OLIVE, "كم يعطي الزيتون من الزيت؟", "يعطي كل مئة كيلوغرام من الثمار نحو ٣٥ لترًا من الزيت.", "number"),
    Case("ar", _OLIVE, "متى يبدأ قطف الزيتون؟", "يبدأ القطف في أكتوبر ويستمر تسعة أسابيع.", "number"),
    Case("ar", _OLIVE, "أين يحفظ الزيت؟", "ينبغي حفظ الزيت في أوعية شفافة لأن الضوء يفسده.", "negation"),
    Case("ar", _OLIVE, "ما فوائد زيت الزيتون؟", "يخفض الكوليسترول ويحمي القلب من الأمراض المزمنة.", "unsupported"),
    Case("ar", _OLIVE, "كيف تروى الأشجار؟", "يستخدم المزارعون شبكات التنقيط ليلًا لتوفير المياه.", "unsupported"),
    Case("ar", _PAPER, "كيف انتقلت صناعة الورق من الصين؟", "انتقلت صناعة الورق إلى سمرقند بعد معركة طلاس سنة 751.", "paraphrase"),
    Case("ar", _PAPER, "من أسس أول مصنع للورق في بغداد؟", "أسس الوزير الفضل بن يحيى أول مصنع للورق في بغداد سنة ٧٩٤.", "verbatim"),
    Case("ar", _PAPER, "لماذا انتشرت الكتب؟", "لأن الورق كان أرخص بكثير من الرق.", "paraphrase"),
    Case("ar", _PAPER, "من أسس أول مصنع للورق في بغداد؟", "أسسه الخليفة هارون الرشيد سنة ٧٩٤.", "name"),
    Case("ar", _PAPER, "متى أسس مصنع الورق في بغداد؟", "أسس أول مصنع للورق في بغداد سنة ٨٩٤.", "number"),
    Case("ar", _PAPER, "مما كان يصنع الورق؟", "كان الحرفيون يدقون ألياف القنب والكتان في أحواض حجرية كبيرة.", "unsupported"),
    Case("ar", _COFFEE_AR, "لماذا تزرع أرابيكا في المرتفعات؟", "لأن البرودة هناك تبطئ نضج الثمار.", "paraphrase"),
    Case("ar", _COFFEE_AR, "أي القهوة أكثر كافيينًا؟", "حبوب روبوستا تحتوي على ضعف الكافيين الموجود في أرابيكا.", "paraphrase"),
    Case("ar", _COFFEE_AR, "ما درجة حرارة التحميص؟", "يحمص البن في درجة حرارة تصل إلى ٣٢٠ درجة مئوية.", "number"),
    Case("ar", _COFFEE_AR, "أين تزرع أرابيكا؟", "تزرع في سهول البرازيل الساحلية قرب الموانئ الكبرى.", "unsupported"),
)  # fmt: skip

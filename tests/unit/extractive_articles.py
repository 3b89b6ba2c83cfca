"""Articles for the extractive engine's tests, written as plain text: ``# `` opens a heading, ``- `` a list line."""

from __future__ import annotations

from shared.models.content import Article, FaqEntry, Passage, PassageKind


def article(title: str, body: str, *, language: str = "en", faq: tuple[FaqEntry, ...] = ()) -> Article:
    """Builds an article whose passages are the paragraphs of ``body``, separated by empty lines."""
    passages: list[Passage] = []
    text, section = "", ""
    for part in body.strip().split("\n\n"):
        chunk = part.strip() if part.strip().startswith("- ") else " ".join(part.split())
        if chunk.startswith("# "):
            section = chunk[2:]
        else:
            kind = PassageKind.LIST if chunk.startswith("- ") else PassageKind.PARAGRAPH
            start = len(text)
            passages.append(
                Passage(
                    id=f"p{len(passages) + 1}",
                    kind=kind,
                    section=section,
                    start=start,
                    end=start + len(chunk),
                    text=chunk,
                )
            )
        text += chunk + "\n"
    return Article(
        url="https://blog.example/post", title=title, language=language, text=text, passages=tuple(passages), faq=faq
    )


ENGLISH = article(
    "How to descale an espresso machine",
    """
Limescale is a hard, chalky layer of calcium carbonate that builds up wherever hard water is heated. A machine
that is never descaled gets slower, louder and cooler until one day it gives up.

# Why limescale harms the machine

Limescale insulates the heating element, so the machine needs more time and more power. It also narrows the thin
pipes.

The pump fails because it has to push water against the blockage. Replacing a pump costs more than ten years of
citric acid.

# What you need

- 30 g of citric acid
- a litre of cold water
- a bowl that holds a litre

# Choosing a descaler

Citric acid is a weak acid that is cheap and has no smell. Vinegar works too, but it attacks rubber seals. Never
mix a descaler with bleach, because the mixture releases chlorine gas.

# Descaling the machine

Follow these steps:

- Dissolve the citric acid in the cold water and fill the tank.
- Switch the machine on and let half of the solution run through the group.
- Wait for fifteen minutes, then run the rest through the steam pipe.
- Rinse with two full tanks of fresh water.

# How often should I descale the machine?

Every two months if your water is hard, twice a year if it is soft. If your machine has a filter, change it at
the same time.

# Is it worth it?

Yes. It takes half an hour and saves a repair.

# Common mistakes

The most common mistake is to boil the solution first. Hot citric acid forms calcium citrate, which is another
solid layer.
""",
)

GERMAN = article(
    "Sauerteig ansetzen und pflegen",
    """
Ein Sauerteig ist ein Teig, in dem wilde Hefen und Milchsäurebakterien leben. Er braucht nur Mehl, Wasser und
Geduld.

# Warum der Teig sauer wird

Die Bakterien wandeln Zucker in Milchsäure und Essigsäure um. Bei warmer Führung entsteht mehr Milchsäure, bei
kühler Führung mehr Essigsäure.

# Das Anstellgut auffrischen

Um das Anstellgut aufzufrischen, mischt man einen Teil davon mit frischem Mehl und Wasser. Nach vier bis sechs
Stunden hat sich sein Volumen verdoppelt.

Wenn das Anstellgut nach Essig riecht, hilft eine zweite Fütterung am selben Tag.

# Wie lange hält ein Anstellgut im Kühlschrank?

Etwa zwei Wochen, ohne Schaden zu nehmen. Danach bildet sich eine graue Flüssigkeit, die man abgießen kann.

# Ein wenig Geschichte

Im Jahr 1907 wurde in Paris ein Verfahren für Trockensauer beschrieben. Roggenmehl braucht Säure, weil seine
Enzyme sonst die Stärke abbauen.
""",
    language="de",
)

ARABIC = article(
    "كيف تحضّر القهوة العربية",
    """
القهوة العربية هي مشروب يُحضَّر من حبوب بن محمّصة تحميصًا خفيفًا ومطحونة مع الهيل. تُقدَّم القهوة للضيوف في
فناجين صغيرة بلا سكر.

# لماذا يضاف الهيل إلى القهوة؟

يضاف الهيل لأن رائحته توازن مرارة البن وتمنح المشروب نكهة مميزة. ويكفي نصف ملعقة لكل نصف لتر من الماء.

# أنواع التحميص

للتحميص ثلاث درجات: الخفيف والمتوسط والداكن. يميل أهل الخليج إلى التحميص الخفيف الذي يبقي لون الحبوب ذهبيًا.

# كيفية تخزين البن

يُحفظ البن في وعاء محكم الإغلاق بعيدًا عن الضوء والرطوبة. لا يوضع البن في الثلاجة لأن الحبوب تمتص الروائح.

# طريقة التحضير

إذا كان طعم القهوة مرًّا جدًا، قلّل مدة الغلي إلى خمس دقائق. يستغرق التحضير نحو عشرين دقيقة من البداية إلى الصب.

# تاريخ قصير

في عام 1475 افتُتح أول مقهى في إسطنبول بحسب روايات المؤرخين. وصلت القهوة إلى أوروبا بعد ذلك بنحو قرن ونصف.
""",
    language="ar",
)

SPANISH = article(
    "Cómo cuidar una tabla de cortar de madera",
    """
Una tabla de cortar es una pieza de madera que protege el filo de los cuchillos y la superficie de la cocina.
Con un poco de aceite dura toda la vida.

# Por qué la madera se agrieta

La madera se agrieta porque pierde agua más deprisa por los extremos que por el centro. El calor de un radiador
acelera la pérdida.

# Cómo aceitar la tabla

Para aceitar la tabla, extiende una capa fina de aceite mineral con un paño. Deja que la madera lo absorba
durante la noche y retira el sobrante por la mañana.

# ¿Cada cuánto hay que aceitar la tabla?

Una vez al mes si se usa a diario. Una tabla que repele el agua no necesita más aceite.

# Problemas frecuentes

Si la tabla huele a cebolla, frota la superficie con sal gruesa y medio limón. Si la tabla está deformada,
humedece la cara hueca y déjala bajo un peso.
""",
    language="es",
)

"""Words by which lines are known not to be the article, in the languages that blogs are read in most here.

English, German, French, Spanish, Italian, Portuguese, Dutch, Arabic and Chinese. In a pattern a space stands for any
white space, and lines are alternatives like those between bars.
"""
# ruff: noqa: RUF001 - the look-alikes are Arabic and Chinese punctuation.

from __future__ import annotations

import re


def _pattern(alternatives: str, before: str = "", after: str = "") -> re.Pattern[str]:
    lines = filter(None, map(str.strip, alternatives.splitlines()))
    return re.compile(f"{before}(?:{'|'.join(lines)}){after}".replace(" ", r"\s+"), re.IGNORECASE)


# Chinese has no \b.
_WORD_STARTS = r"(?<![A-Za-zÀ-ÿ])"
_WORD_ENDS = r"(?![A-Za-zÀ-ÿ])"
_DATE = r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d\d?[:h]\d\d(?!\d))"

_LABELS = r"""
    (?:read|see|watch) more|read (?:also|next|on)
    (?:you )?(?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,20}|up next|don.t miss|related
    (?:related|recommended|similar|popular|latest) (?:articles?|posts?|stories|reading|topics?|coverage|content)
    more (?:from|stories|posts|articles) .{0,40}|more .{1,40} you.ll (?:love|like)
    (?:previous|next) (?:post|article|story)
    (?:lies|lesen sie) (?:auch|mehr|weiter)|mehr (?:zum thema|dazu|lesen)|(?:auch|ebenfalls) interessant
    passend dazu
    das könnte (?:sie|dich|euch) auch interessieren|(?:ähnliche|weitere|verwandte) (?:artikel|beiträge|themen)
    (?:à )?(?:lire|voir|découvrir) (?:aussi|également|la suite)|sur le même (?:sujet|thème)
    dans la même rubrique
    articles? (?:liés?|similaires|connexes|recommandés)|vous aimerez (?:aussi|peut-être).{0,20}
    (?:artigos?|notícias|matérias) relacionad[ao]s
    (?:lee|lea|leer|ver|vea|mira) (?:también|más)|(?:también )?(?:te|le) puede interesar
    (?:artículos|entradas|noticias) relacionad[ao]s
    (?:leggi|vedi|guarda|scopri) (?:anche|di più|tutto)|(?:ti )?potrebbe(?:ro)? (?:anche )?interessar.{0,20}
    (?:articoli|notizie) correlat[ie]
    (?:leia|veja|lê|vê|confira) (?:também|mais)|saiba mais
    (?:você )?(?:também )?pode (?:te |lhe )?(?:gostar|interessar).{0,20}
    (?:lees|bekijk|zie) (?:ook|meer|verder)|gerelateerde? .{3,20}|meer lezen
    (?:dit|misschien) vind je (?:dit )?ook .{0,30}
    [إا]قر[أا](?:وا|ئي)? (?:أيضا?ً?ا?|المزيد)|(?:مواضيع|مقالات|أخبار) (?:ذات صلة|متعلقة|مشابهة)
    قد (?:يعجبك|يهمك).{0,30}|شاهد أيضا?ً?ا?
    (?:相关|相關|延伸|推荐|推薦)(?:阅读|閱讀|文章|新闻|推荐|链接)|(?:阅读|閱讀|查看)更多|猜你喜[欢歡]
    你可能[还也會会]*喜[欢歡]|[上下]一[篇页章]
    share this \w+|teilen sie .{5,20}|partage[rz] .{2,20}|compártelo en|condividi su|deel dit .{3,12}
    شارك(?:ها|ه|وا)? .{2,20}|分享(?:到|至|本文)
    about (?:the )?authors?|(?:über|zu) (?:den autor|die autorin|die autoren)|à propos de l.auteure?
    sobre (?:el|la|o|a) autora?
    sull.aut(?:ore|rice)|over de auteur|(?:عن|نبذة عن) (?:الكاتبة?|المؤلفة?)
    (?:关于)?(?:本文)?作者(?:简介|介绍)?
    """
LABEL = _pattern(_LABELS, r"\W*", r"\W*$")
"""A line that only announces something else: other articles, ways to share, the author."""

ANNOUNCED = _pattern(_LABELS, r"\W*", r"\s*[:：].*$")
"""What only announces something else, with what it announces."""

LABELLED = _pattern(
    r"""
    read|watch|see also|video|share|tweet|tags?|tagged|filed under|posted in|categor(?:y|ies)|keywords
    (?:related )?topics|sponsored|promoted|disclosure|disclaimer
    (?:(?:cover|main|header|lead) )?(?:photo|image|picture|illustration)(?:graph)?s?(?: credits?| source)?
    credit|video credits?
    teilen(?: auf)?|schlag(?:wort|wörter|worte)|stichw(?:ort|orte|örter)|themen
    (?:titel|beitrags)?(?:foto|bild)s?(?:nachweis|quelle)?|gesponsert
    partager|mots[- ]clés?|étiquettes?|catégories?|crédits?(?: photos?| images?)?|sponsorisé
    compart(?:e|ir|ilhe|ilhar)(?: en| em| no)?
    etiquetas?|palabras clave|temas|categor[íi]as?|patrocinado
    (?:crédito|foto|imagen|imagem|immagin[ei]|fotografía)s?(?: de| del| da| di| in)*(?: \w+)?
    condividi|parole chiave|argomenti|crediti|sponsorizzato|palavras-chave|assuntos|marcadores
    delen|onderwerpen|trefwoorden|categorieën|(?:omslag)?foto.?s?|beeld|afbeelding(?:en)?|gesponsord
    مشاركة|(?:ال)?(?:وسوم|كلمات(?: ال)?(?:مفتاحية|دلالية)|تصنيفات?)|(?:مصدر )?(?:ال)?(?:صورة?|صور|تصوير)
    محتوى (?:ممول|برعاية)
    分享|[标標][签籤]|关键[词字]|分[类類]|话题|(?:图片?|圖片?|照片|题图|封面图?|摄影)(?:来源|來源)?
    版[权權](?:声明|聲明)|赞助(?:内容)?
    """,
    r"\W*",
    r"\s*[:：].*$",
)
"""A label with what it announces."""

SERVICE = _pattern(
    r"""
    advert(?:isement|ising)?s?|ad
    (?:advertisement )?(?:\W* )?(?:the )?(?:story|article)? ?continues (?:reading )?below.*|scroll to continue.*
    anzeige|werbung|publicité|publicidad|pubblicità|publicidade|advertentie|reclame|(?:ال)?إعلان(?: ممول)?|广告
    廣告|推广
    share|share (?:this|on|via) .{1,60}|tweet|print|copy link|artikel teilen|follow (?:us|me|@)(?: .{0,60})?
    follow .{2,80} on (?:twitter|facebook|instagram|linkedin|mastodon|youtube|bluesky|x|@.*)
    jump to .{1,40}|skip to .{1,40}|table of contents|inhaltsverzeichnis|sommaire|back to top|view comments
    comment guidelines
    \[\w+ [\w-]+=.*\]
    """,
    r"\W*",
    r"\W*$",
)
"""A line that only names a function of the page, or an advertisement."""

COMMENTS = _pattern(
    r"""
    (?:\d+|no|one|two|three) (?:comments?|replies|responses|thoughts on .*)
    (?:reader |all )?comments(?: \(\d+\))?|guestbook
    (?:leave|post|add) a (?:comment|reply)|join the (?:conversation|discussion)
    (?:\d+ )?(?:leser)?kommentare(?: \(\d+\))?|gästebuch
    \d+ (?:commentaires?|réactions?|réponses?)|(?:les )?commentaires(?: \(\d+\))?|livre d.or
    laisse[rz] un commentaire
    (?:\d+ )?coment[aá]rios?(?: \(\d+\))?(?: (?:en|sobre|em) .*)?|dej(?:a|ar) un comentario
    deix(?:e|ar) um comentário
    (?:\d+ )?comment[oi](?: \(\d+\))?|lascia un commento|(?:\d+ )?reacties?(?: \(\d+\))?
    (?:laat|plaats) een reactie .*|gastenboek
    (?:\d+ )?(?:ال)?تعليقات?(?: \(\d+\))?|(?:اترك|أضف) (?:تعليقا?ً?ا?|ردا?ً?ا?)
    (?:全部|热门|精彩|网友|发表)?(?:\d+ ?条)?(?:评论|評論|留言)(?:[（(]?\d+[）)]?)?
    """,
    r"\W*",
    r"\W*$",
)
"""The heading of what readers say."""

NOTICE = _pattern(
    r"""
    all rights reserved|alle rechte vorbehalten|tous droits réservés
    (?:todos los|todos os) (?:derechos|direitos) reservados
    tutti i diritti riservati|alle rechten voorbehouden|(?:جميع|كافة) الحقوق محفوظة|版[权權]所有
    (?:未经|转载).{0,12}(?:授权|允许|许可|注明)|^\W*(?:copyright )?(?:©|\(c\) \d)|^copyright \d
    本(?:站|网站|網站).{0,6}使用 ?cookie
    read our (?:\w+ (?:policy|guidelines)|(?:full )?disclosure)
    for general information only|does not constitute (?:an? )?(?:\w+ )?advice
    (?:prices|details) (?:were )?correct at (?:the )?time of
    pin (?:this|it) (?:\w+ )?for later
    substitute for professional|(?:keine|ersetzt keine) (?:rechts|steuer|anlage)beratung
    ne (?:remplace|constitue) (?:pas|en aucun cas) un (?:avis|conseil)
    no (?:sustituye|reemplaza) .{0,40}(?:médico|profesional)|non sostitui\w+ .{0,40}(?:medico|professionale)
    não substitu\w+ .{0,40}(?:médic|profission)
    vervangt? geen .{0,40}advies|لا (?:تغني|يغني) عن (?:استشارة|زيارة)|不构成.{0,10}(?:建议|意见)
    \d+[- ]min(?:ute)?s? read
    (?:reading time|lesezeit|lesedauer|temps de lecture|tiempo (?:estimado )?de lectura|leestijd)\W.{0,12}\d
    tempo (?:stimato |estimado )?d[ie] (?:lettura|leitura)\W.{0,12}\d|(?:مدة|وقت|زمن) القراءة
    (?:阅读|閱讀)(?:时间|時間|时长|需|约).{0,12}分
    (?:e-?mail|your) address will not be published|(?:enter|pop|drop|type|leave) your e-?mail
    was this (?:\w+ )?helpful|did this (?:\w+ )?help|did you (?:make|enjoy|like|find) this
    (?:enjoy\w*|lik\w+|lov\w+) this (?:article|post|story|page|review|recipe|guide)|reader-supported
    (?:free|paid) subscriber
    support(?:ing)? (?:us (?:with|by|on)|our (?:work|journalism|reporting)|this (?:site|blog))
    help keep this (?:site|blog)|try .{0,30}free for \d+ days|no credit card (?:needed|required)
    got a (?:tip|story)|we(?:.re| are) hiring|our open (?:roles|positions)|^\W*sponsored by|赞助发布
    mede mogelijk gemaakt
    thanks to .{3,60} for (?:editing|sponsoring|reading|supporting this)
    \((?:[\w. ]+ )?(?:photo|image|picture|foto|bild|imagen)s?(?:[ :/][^()]{0,80})?\)\W*$|[(/]getty images\W*$
    """
)
"""What a site says of itself or asks of its readers, in whatever words are around it."""

DISCLOSURE = (
    _pattern(
        r"""
    affili|afilia|referral|earns? (?:me|us)|qualifying purchases|provision|provvigion|عمولة|佣金|推广
    (?:earn|receive|get|perçoi|touch|recib|gan|llev|receb|ganh|ricev|guadagn|krijg|ontvang)\w* .{0,30}com+is+[iã]
    """
    ),
    _pattern(
        r"""
    link|liens?\b|enlaces?|روابط|الرابط|链接|purchas|\bbuy|\bbook|kauf|achat|achet|compra|acquist|aankoop|\bkoop
    mentioned on|partenaire|partner|شراء|购买|下单
    """
    ),
    _pattern(
        r"""
    i|we|me|us|our|my|this (?:post|article|page|site)|wir|ich|uns\w*|dieser?|hinweis|nous|notre|nos|je|mes
    cet article
    aviso|nuestr\w+|este|esta|recib\w+|gan[oa]\w*|ricev\w+|guadagn\w+|quest[oa]|receb\w+|ganh\w+|wij|ik|dit
    krijg\w*|ontvang\w*
    نحصل|أحصل|هذ[اه]|我们?|本文|本站
    """,
        _WORD_STARTS,
        _WORD_ENDS,
    ),
)
"""What is paid, for which links, to whom: a disclosure says all three."""

INVITATION = (
    _pattern(
        r"""
    sign up|subscribe|join|get|receive|register|want
    (?:jetzt|hier|gleich|kostenlos) (?:\w+ )?(?:anmelden|abonnieren|bestellen)|abonnier\w+|melde\w* (?:sie|dich)
    trag\w* (?:sie|dich)|inscri[vs]\w*|(?:je m.)?abonn\w+|recev\w+|suscr[íi]\w+|apúnta\w+|recib\w+|iscriv\w+
    abbona\w+|ricev\w+|subscrev\w+|inscrev\w+
    assin[ea]\w*|receba\w*|cadastr\w+|schrijf\w* (?:je|u)|meld\w* (?:je|u)|ontvang\w*|(?:اشترك|سجل|انضم)\w*|订阅
    訂閱|关注|關注|扫码
    """,
        r"(?:^|[.!?:…。！？؟])\W*",
    ),
    _pattern(
        r"""
    newsletter|mailing list|(?:in|into|to) (?:your|dein|ihr|je) (?:inbox|postfach|mailbox)
    e-?mail (?:alerts?|updates?|course)|our (?:\w+ ){0,3}(?:briefing|digest|bulletin)|infolettre
    lettre d.information|bolet[íi]n
    boletim|bollettino|nieuwsbrief|النشرة|نشرتنا|القائمة البريدية|公众号|邮件列表|電子報|周报
    """
    ),
)
"""A sentence's beginning that asks to subscribe, and to what."""

CLOSING = (
    _pattern(
        r"""
    (?:follow|tell|e-?mail|reach|contact|call|support|send|join|drop|write to|tag) (?:us|me|him|her|them|our|my|@)
    e-?mail \S+@|spotted a|enjoying
    let (?:us|me) know|buy (?:me|him|her|us)
    sign up|subscribe|share (?:this|it|your)|leave (?:us |me )?(?:an?|your)|sign (?:the|our)|have you
    got (?:an?|any)|spotted|discuss this|thanks|thank you|want (?:more|to)|found this|pass it on
    folg(?:e|en|t)|abonnier\w+|meld\w+|anmelden|teil(?:e|en|t)|schreib\w+|kommentier\w+|diskutier\w+|erzähl\w+
    verrat\w+|lass\w*|unterstütz\w+|gefallen|gefällt
    suiv\w+|(?:m.)?abonn\w+|inscri\w+|partag\w+|laiss\w+|dites|écri\w+|recev\w+|racont\w+|donn\w+|souten\w+
    hésit\w+|a plu|rejoign\w+
    s[íi]gue\w*|suscr[íi]b\w+|apúnta\w+|comp[aá]rt\w+|d[eé]ja\w*|cu[eé]nta\w*|dinos|escr[ií]be\w*|recib\w+|únete
    apoya\w*|gust(?:a|ó|ado)
    seguici|segui\w*|iscriv\w+|abbon\w+|condivid\w+|lascia\w*|scriv\w+|raccont\w+|facci\w+|fateci|fammi|ricev\w+
    sosten\w+|piaciut\w+
    sig[ao]\w*|inscrev\w+|assin\w+|subscrev\w+|compartilh\w+|partilh\w+|deix\w+|cont[ae]|escrev\w+|receb\w+
    apoi\w+|gost\w+|curt(?:a|e|iu|ir)|comente
    volg\w*|abonn\w+|schrijf\w*|meld\w*|deel|delen|laat|vertel\w*|stuur|ontvang\w*|steun\w*|reage\w+|vond|mail
    تابع|اشترك|سجل|شارك|اترك|أخبر|اكتب|راسل|انضم|ادعم|لا تنس|أعجب|关注|關注|订阅|訂閱|分享|转发|轉發|留言|点赞
    點[贊讚]|收藏|告诉|欢迎|歡迎|扫码|打赏
    """,
        _WORD_STARTS,
        _WORD_ENDS,
    ),
    _pattern(
        r"""
    newsletter|inbox|e-?mail|courriel|@\w|comment|kommentar|coment[aá]rio|reactie|تعليق|评论|評論|留言|facebook
    instagram|twitter|mastodon|telegram|whatsapp
    linkedin|youtube|tiktok|pinterest|discord|social media|公众号|微信|微博|抖音|朋友|أصدقا|below|unten
    ci-dessous|abajo|qui sotto|abaixo|hieronder|أدناه|下方
    th(?:is|e) (?:article|post|story|recipe|review)|cet article
    es(?:te|ta) (?:artículo|artigo|post|texto|receta|receita)|quest. articolo|dit artikel
    dies\w+ (?:artikel|beitrag)|المقال
    coffee|\bbeer|kaffee|cafecito|boletín|bollettino|boletim|nieuwsbrief|infolettre|lettre|النشرة|patreon
    guestbook|hacker news|lobste.?rs|reddit|github|mailbox|gratuit|gr[aá]tis|kostenlos
    """
    ),
)
"""Where the article ends: a request to the reader, and what it is about."""

BYLINE = _pattern(
    r"""
    by|written by|published in|author|von|text|autor(?:in)?|par|auteur|por|autora?|texto|di|autore|testo|door
    tekst|بقلم|كتب(?:ت|ه|ها)?|الكاتب|作者|文|编辑|記者|记者|来源
    """,
    r"\W*",
    r"(?: |\s*[:：|/])\s*(?-i:[^\Wa-zà-ÿ_])",
)
DATE = re.compile(_DATE)
"""A year or a time of day."""

DATED = _pattern(
    r"""
    (?:(?:last|first|originally|medically|this \w+ was) )*(?:updated|modified|published|posted|put up|revised|reviewed)
    (?:zuletzt |erstmals )?(?:aktualisiert|veröffentlicht|geändert)
    stand|letzte (?:aktualisierung|änderung)|(?:dernière )?(?:publiée?|mise? à jour|modifiée?)
    (?:últim[ao] )?(?:publicado|actualizad[oa]|actualización|atualizad[oa]|atualização|modificación)
    (?:ultim[oa] )?(?:pubblicat[oa]|aggiornat[oa]|aggiornamento|modifica)
    (?:laatst )?(?:gepubliceerd|bijgewerkt|gewijzigd)|(?:laatste )?update
    (?:آخر |تم )?(?:تحديث|التحديث|نشر|النشر)|تاريخ النشر
    (?:最后|最後|本文|首次)?(?:更新|发布|發布|发表|發表)(?:时间|時間|日期|于|於)?
    """,
    r"\W*",
    rf"{_WORD_ENDS}(?! in ).{{0,40}}{_DATE}",
)
"""The beginning of a line that says when the page was written."""

CREDIT = _pattern(
    r"""
    (?:text|words|photos?|photography|images?|pictures?|illustrations?)(?: (?:and|&) \w+)? (?:by|courtesy of)
    (?:additional )?reporting by
    (?:fotos?|bild(?:er)?|text)(?: und \w+)? von|(?:photos?|textes?)(?: et \w+)? (?:de|par)
    (?:fotos?|texto)(?: [ye] \w+)? (?:de|por)
    (?:foto|testo)(?: e \w+)? di|(?:foto.?s?|beeld|tekst)(?: en \w+)? (?:van|door)|تصوير|(?:摄影|图|文)[:：/|]
    """,
    r"\W*",
    _WORD_ENDS,
)
"""The beginning of a line that says who made the pictures or the text."""

BIOGRAPHY = (
    re.compile(
        r"(?:\w+\.? )?(?:[A-ZÀ-Þ][\w.'’-]+ ){2,4}"
        r"(?:is|was|writes|teaches|taught|covers|works|has|ist|schreibt|arbeitet|est|écrit|es|escribe|è|scrive|é|escreve|schrijft|werkt)\b"
    ),
    _pattern(
        r"""
    writer|journalist|reporter|editor|correspondent|columnist|contributor|author|blogger|photographer|writes
    has written|(?:lives|based) in
    (?:freie[rn]? )?(?:journalist|autor|redakteur)(?:in)?|schreibt|(?:lebt|wohnt) (?:in|mit)|journaliste
    rédact\w+|auteure?|écrit|vit (?:à|en|dans)|habite
    periodista|redactora?|autora?|escribe|viv[ei] (?:en|a|em)|giornalista|redattrice|redattore|autrice|autore
    scrive|jornalista|redatora?|escreve|mora em
    schrijver|schrijfster|redacteur|schrijft|woont in
    """,
        _WORD_STARTS,
        _WORD_ENDS,
    ),
)
"""A line that begins with a name and a verb, and what the author of an article does, or where."""

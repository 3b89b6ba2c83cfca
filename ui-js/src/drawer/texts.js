const NAMES = (
  'title|close|back|more|less|sources|written|quoted|helpful|unhelpful|thanks|copy|copied|questions|articles|sponsored|' +
  'ask|send|stop|answering|ready|stopped|uncovered|instead|busy|failed|retry|how|howText|missing|ai'
).split('|');

/** In the order of NAMES. */
/** @type {Record<string, string>} */
const TEXTS = {
  en:
    'Questions and answers|Close|Back|Read more|Read less|Sources|AI answer. Errors are possible; check the source.|Put together by a program, in the words of the article; check the source.|Helpful|Not helpful|Thank you for telling us|Copy link|Link copied|Related questions|Related articles|Sponsored|' +
    'Ask your own question|Ask|Stop|Looking for an answer …|The answer is there|Stopped|Nothing here answers that. These come closest:|No model is available right now, so this is quoted.|Too many questions at the moment. Please try again soon.|That did not work. Please try again.|Try again|How does this work?|Answers come from this publication alone and name the passages that they rest on. Nothing about you is stored.|That passage was not found on this page|AI',
  de:
    'Fragen und Antworten|Schließen|Zurück|Mehr lesen|Weniger|Quellen|KI-Antwort. Fehler sind möglich; bitte die Quelle prüfen.|Von einem Programm zusammengestellt, in den Worten des Artikels; bitte die Quelle prüfen.|Hilfreich|Nicht hilfreich|Danke für die Rückmeldung|Link kopieren|Link kopiert|Ähnliche Fragen|Ähnliche Artikel|Anzeige|' +
    'Eigene Frage stellen|Fragen|Anhalten|Eine Antwort wird gesucht …|Die Antwort ist da|Angehalten|Das beantwortet hier nichts. Am nächsten kommen:|Gerade ist kein Modell verfügbar, deshalb wird zitiert.|Im Augenblick zu viele Fragen. Bitte gleich noch einmal versuchen.|Das hat nicht geklappt. Bitte noch einmal versuchen.|Noch einmal|Wie geht das?|Antworten kommen nur aus dieser Publikation und nennen die Stellen, auf denen sie beruhen. Über Sie wird nichts gespeichert.|Diese Stelle wurde auf der Seite nicht gefunden|KI',
  fr:
    'Questions et réponses|Fermer|Retour|Lire la suite|Réduire|Sources|Réponse par IA. Des erreurs sont possibles ; vérifiez la source.|Composé par un programme, avec les mots de l’article ; vérifiez la source.|Utile|Pas utile|Merci pour votre avis|Copier le lien|Lien copié|Questions voisines|Articles voisins|Sponsorisé|' +
    'Posez votre question|Demander|Arrêter|Recherche d’une réponse…|La réponse est là|Arrêté|Rien ici n’y répond. Le plus proche :|Aucun modèle n’est disponible pour l’instant ; voici une citation.|Trop de questions en ce moment. Réessayez bientôt.|Cela n’a pas fonctionné. Réessayez.|Réessayer|Comment ça marche ?|Les réponses viennent de cette seule publication et citent les passages sur lesquels elles reposent. Rien n’est conservé sur vous.|Ce passage est introuvable sur la page|IA',
  es:
    'Preguntas y respuestas|Cerrar|Volver|Leer más|Leer menos|Fuentes|Respuesta con IA. Puede haber errores; consulta la fuente.|Compuesto por un programa, con las palabras del artículo; consulta la fuente.|Útil|No es útil|Gracias por decírnoslo|Copiar enlace|Enlace copiado|Preguntas relacionadas|Artículos relacionados|Patrocinado|' +
    'Haz tu propia pregunta|Preguntar|Detener|Buscando una respuesta…|La respuesta está lista|Detenido|Nada de aquí lo responde. Lo más cercano:|Ahora no hay ningún modelo disponible; esto es una cita.|Demasiadas preguntas en este momento. Inténtalo pronto.|No ha funcionado. Inténtalo de nuevo.|Reintentar|¿Cómo funciona?|Las respuestas salen solo de esta publicación e indican los pasajes en los que se apoyan. No se guarda nada sobre ti.|Ese pasaje no se encontró en la página|IA',
  it:
    'Domande e risposte|Chiudi|Indietro|Leggi di più|Leggi meno|Fonti|Risposta dell’IA. Sono possibili errori; controlla la fonte.|Composto da un programma, con le parole dell’articolo; controlla la fonte.|Utile|Non utile|Grazie del parere|Copia il link|Link copiato|Domande vicine|Articoli vicini|Sponsorizzato|' +
    'Fai la tua domanda|Chiedi|Ferma|Cerco una risposta…|La risposta è pronta|Fermato|Qui nulla risponde. Il più vicino:|Ora nessun modello è disponibile: questa è una citazione.|Troppe domande in questo momento. Riprova tra poco.|Non ha funzionato. Riprova.|Riprova|Come funziona?|Le risposte vengono solo da questa pubblicazione e indicano i passi su cui si fondano. Di te non si conserva nulla.|Quel passo non si trova in questa pagina|IA',
  pt:
    'Perguntas e respostas|Fechar|Voltar|Ler mais|Ler menos|Fontes|Resposta por IA. Pode haver erros; confira a fonte.|Composto por um programa, com as palavras do artigo; confira a fonte.|Útil|Não foi útil|Obrigado por nos dizer|Copiar link|Link copiado|Perguntas relacionadas|Artigos relacionados|Patrocinado|' +
    'Faça a sua pergunta|Perguntar|Parar|À procura de uma resposta…|A resposta está pronta|Parado|Nada aqui responde a isso. O mais próximo:|Nenhum modelo está disponível agora; isto é uma citação.|Perguntas demais neste momento. Tente daqui a pouco.|Não deu certo. Tente outra vez.|Tentar outra vez|Como funciona?|As respostas vêm só desta publicação e indicam os trechos em que se apoiam. Nada sobre você é guardado.|Esse trecho não foi encontrado nesta página|IA',
  nl:
    'Vragen en antwoorden|Sluiten|Terug|Meer lezen|Minder|Bronnen|AI-antwoord. Fouten zijn mogelijk; kijk de bron na.|Door een programma samengesteld, in de woorden van het artikel; kijk de bron na.|Nuttig|Niet nuttig|Dank voor je reactie|Link kopiëren|Link gekopieerd|Verwante vragen|Verwante artikelen|Gesponsord|' +
    'Stel zelf een vraag|Vragen|Stoppen|Er wordt een antwoord gezocht …|Het antwoord is er|Gestopt|Niets hier beantwoordt dat. Dit komt het dichtst in de buurt:|Er is nu geen model beschikbaar, dus dit is geciteerd.|Te veel vragen op dit moment. Probeer het zo weer.|Dat is niet gelukt. Probeer het opnieuw.|Opnieuw|Hoe werkt dit?|Antwoorden komen alleen uit deze publicatie en noemen de passages waarop ze steunen. Over jou wordt niets bewaard.|Die passage is op deze pagina niet gevonden|AI',
  ar:
    'أسئلة وأجوبة|إغلاق|رجوع|اقرأ المزيد|اقرأ أقل|المصادر|إجابة بالذكاء الاصطناعي. قد تقع أخطاء؛ راجع المصدر.|جمعها برنامج بكلمات المقال؛ راجع المصدر.|مفيدة|غير مفيدة|شكرًا على رأيك|انسخ الرابط|نُسخ الرابط|أسئلة ذات صلة|مقالات ذات صلة|برعاية|' +
    'اطرح سؤالك|اسأل|أوقف|جارٍ البحث عن إجابة…|الإجابة جاهزة|توقّف|لا شيء هنا يجيب عن ذلك. الأقرب إليه:|لا يتوفر نموذج الآن، لذا هذا اقتباس.|الأسئلة كثيرة الآن. حاول بعد قليل.|لم ينجح ذلك. حاول مرة أخرى.|حاول مجددًا|كيف يعمل هذا؟|الإجابات من هذا الموقع وحده، وتذكر المقاطع التي تستند إليها. لا يُحفظ شيء عنك.|لم يُعثر على هذا المقطع في الصفحة|ذكاء اصطناعي',
  zh:
    '问与答|关闭|返回|展开|收起|来源|AI 回答，可能有误，请核对来源。|由程序用文章原话整理，请核对来源。|有帮助|没有帮助|感谢反馈|复制链接|已复制链接|相关问题|相关文章|赞助内容|' +
    '自己提问|提问|停止|正在寻找答案…|答案已就绪|已停止|这里没有内容能回答。最接近的是：|目前没有可用的模型，以下为原文引用。|当前提问过多，请稍后再试。|没有成功，请再试一次。|重试|这是怎么做到的？|回答只取自本站内容，并注明所依据的段落。不保存任何关于您的信息。|在本页没有找到这个段落|AI',
  ja:
    '質問と回答|閉じる|戻る|続きを読む|折りたたむ|出典|AI による回答です。誤りの可能性があるので出典をご確認ください。|プログラムが記事の言葉でまとめました。出典をご確認ください。|役に立った|役に立たなかった|ご意見ありがとうございます|リンクをコピー|コピーしました|関連する質問|関連記事|スポンサー|' +
    '自分で質問する|質問|停止|答えを探しています…|回答が出ました|停止しました|ここには答えがありません。近いものはこちらです：|今はモデルが使えないため、引用でお答えします。|ただいま質問が多すぎます。少し後でお試しください。|うまくいきませんでした。もう一度お試しください。|もう一度|仕組みについて|回答はこのサイトの内容だけから作られ、根拠となる箇所を示します。あなたに関する情報は保存しません。|その箇所はこのページに見つかりませんでした|AI',
};

/**
 * @param {string} language
 * @param {Record<string, string>} labels The publisher's own.
 * @returns {Record<string, string>}
 */
export function drawerTexts(language, labels) {
  const texts = TEXTS[language].split('|');
  return { ...Object.fromEntries(NAMES.map((name, index) => [name, texts[index]])), ...labels };
}

// What happened comes in; what the page says about it goes out, in English or in Portuguese.

/** @typedef {import("../api.js").Choice} Choice */
/** @typedef {import("../api.js").Failure} Failure */
/** @typedef {import("../api.js").Model} Model */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {typeof EN} Words */

export const EN = {
  // What index.html says as it is, so that it can be read before and without this script; a test holds the two equal.
  page: {
    title: "Draw a digit",
    lead: "A neural network and a decision tree read it.",
    hint: "Draw here",
    drawing: "Drawing",
    sheet: "Sheet: draw one digit with mouse, finger or pen",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    file: "Picture",
    samples: "Or take one from the test set",
    choice: "Who answers",
    tree: "Decision tree",
    mlp: "Neural network",
    both: "Both",
    auto: "Answer as I draw",
    predict: "Predict",
    again: "Try again",
    answer: "Answer",
    seen: "Your drawing, centred and scaled",
    input: "What the models get: 28 × 28 pixels",
    explain: "Explain",
    explanation: "Explanation",
    report: "How well both models read digits",
    api: "The API",
    credit: "Samples: MNIST, by LeCun, Cortes and Burges (CC BY-SA 3.0)",
    offline: "Without a network",
    theme: "Colours",
    system: "System",
    light: "Light",
    dark: "Dark",
  },
  names: { tree: "the decision tree", mlp: "the neural network", both: "both models" },
  chart: (/** @type {string} */ title) => `Probability of each digit, ${title}`,
  blank: "Draw one digit, 0 to 9.",
  invitation: (/** @type {string} */ names) => `Press Predict to ask ${names}.`,
  waiting: (/** @type {string} */ names) => `Asking ${names} …`,
  waking: "Still waiting: after a pause, the first question starts a function in the cloud. This takes a second or two.",
  one: (/** @type {string} */ name, /** @type {number} */ digit, /** @type {string} */ sure) => `${capital(name)} says ${digit}, ${sure} sure.`,
  more: (/** @type {string} */ number) => `more than ${number}`,
  agree: (/** @type {number} */ digit) => `Both models say ${digit}.`,
  and: " and ",
  sure: (/** @type {string} */ shares) => `Both are sure: ${shares}.`,
  unsure: (/** @type {string} */ shares) => `Neither is sure: ${shares}.`,
  surer: (/** @type {string} */ name, /** @type {string} */ more, /** @type {string} */ less) =>
    `${capital(name)} is the surer one: ${more} against ${less}.`,
  differ: (/** @type {number} */ tree, /** @type {number} */ mlp) => `They differ: the decision tree says ${tree}, the neural network says ${mlp}.`,
  doubt: (/** @type {string} */ name, /** @type {number} */ digit, /** @type {string} */ share) => `${capital(name)} gives ${share} to the ${digit}.`,
  next: (/** @type {number} */ digit, /** @type {string} */ share) => `Next comes ${digit}, with ${share}.`,
  kept: "Your drawing is kept.",
  failure: {
    unreachable: "The server cannot be reached. Check your connection, then try again.",
    late: "The server took too long. Try again.",
    garbled: "The answer cannot be read: something between here and the server changed it.",
    busy: "Too many questions at once. Wait a few seconds, then try again.",
    down: (/** @type {number} */ status) => `The server cannot answer now (${status}).`,
    alone: "One of the models may still answer alone: choose it.",
  },
  /** The API's problems that a drawing can meet, by their type; any other speaks in the API's own words. */
  problem: {
    "urn:digits:nothing-drawn": "There is nothing to read yet. Draw one digit, 0 to 9, with a thick line.",
    "urn:digits:not-an-image": "This picture cannot be decoded. Save it anew as PNG, JPEG or WebP, or draw the digit.",
    "urn:digits:too-large": "This picture is too large. Take a smaller one, or draw the digit.",
    "urn:digits:model-unavailable": "This model cannot be loaded now.",
    "urn:digits:fault": "The server made a mistake, which is not your drawing's fault.",
  },
  steps: {
    decode: "decode",
    normalize: "normalize",
    run: "run",
    explain: "explain",
    round: "there and back",
  },
  keep: {
    absent: "The page itself opens without a network. Its answers come from the server, unless the neural network is kept here.",
    kept: "The neural network is kept in this browser: it answers when the server cannot be reached.",
    keep: "Keep the neural network (5 MB)",
    forget: "Remove it",
    progress: (/** @type {string} */ share) => `Keeping the neural network: ${share}`,
    failed: "The neural network could not be kept. Try again.",
    here: "Answered in this browser, without the server; the tree needs the server.",
  },
  sheet: {
    sample: (/** @type {number} */ digit) => `Sample ${digit}`,
    samples: "The samples cannot be loaded. Check your connection, then try again, or draw the digit.",
    drop: "Drop the picture here",
    picture: "This is no picture that your browser can read. Choose a PNG, JPEG or WebP file, or draw the digit.",
    large: "This picture is too large to open: 100 million pixels or 100 MB are the most. Choose a smaller one, or draw the digit.",
    empty: "This file is empty. Choose another, or draw the digit.",
  },
  explanation: {
    title: (/** @type {string} */ name, /** @type {number} */ digit) => `Why ${name} says ${digit}`,
    offline: "This answer was made in this browser; why it is so, only the server can say.",
    heat: "Your drawing, coloured by what it says to the network",
    straight: "Straightened, as the network looks at it",
    speaks: (/** @type {number} */ digit, /** @type {number} */ other) => `speaks for ${digit}, against ${other}`,
    likelier: (/** @type {number} */ digit, /** @type {string} */ times, /** @type {number} */ other) =>
      `To the network, ${digit} is ${times} likelier than ${other}, which comes next.`,
    times: (/** @type {string} */ count) => `${count} times`,
    million: "more than a million times",
    most: (/** @type {string} */ place) => `The ink ${place} speaks most for it.`,
    least: (/** @type {string} */ place) => `The ink ${place} speaks most against it.`,
    none: "No part of the ink speaks against it.",
    places: [
      ...["at the top left", "at the top", "at the top right"],
      ...["on the left", "in the middle", "on the right"],
      ...["at the bottom left", "at the bottom", "at the bottom right"],
    ],
    pixels: "Straightened and shrunk, as the tree looks at it",
    here: "The same place in your drawing",
    question: (/** @type {number} */ place, /** @type {number} */ count) => `Question ${place} of ${count}:`,
    asks: (
      /** @type {number} */ row,
      /** @type {number} */ column,
      /** @type {number} */ limit,
      /** @type {number} */ value,
      /** @type {boolean} */ isAbove,
    ) => `Has the pixel in row ${row}, column ${column} more ink than ${limit} of 255? ${isAbove ? "Yes" : "No"}: it has ${value}.`,
    went: (/** @type {string} */ samples, /** @type {number} */ digit, /** @type {string} */ share) =>
      `Of the training pictures, ${samples} went the same way; ${digit} now leads with ${share}.`,
    shares: (/** @type {string} */ digits) => `Probabilities now: ${digits}`,
    all: (/** @type {number} */ count) => `All ${count} questions`,
    slider: "Questions asked",
    back: "Back",
    next: "Next",
    play: "Play",
    pause: "Pause",
  },
  offline: {
    absent: "The neural network is not kept in this browser.",
    unable: "This browser keeps nothing for this page; a private window may be why.",
    full: "There is no room for it: 6 MB are needed.",
    damaged: "What came is not the neural network as it was published.",
    unknown: "The neural network has a step that this page does not know: load the page again.",
  },
};

/** @type {Words} */
export const PT = {
  page: {
    title: "Desenhe um algarismo",
    lead: "Uma rede neural e uma árvore de decisão o leem.",
    hint: "Desenhe aqui",
    drawing: "Desenho",
    sheet: "Folha: desenhe um algarismo com o mouse, o dedo ou a caneta",
    undo: "Desfazer",
    redo: "Refazer",
    clear: "Limpar",
    file: "Imagem",
    samples: "Ou escolha um do conjunto de teste",
    choice: "Quem responde",
    tree: "Árvore de decisão",
    mlp: "Rede neural",
    both: "Ambas",
    auto: "Responder ao desenhar",
    predict: "Prever",
    again: "Tentar de novo",
    answer: "Resposta",
    seen: "Seu desenho, centrado e em escala",
    input: "O que os modelos recebem: 28 × 28 pixels",
    explain: "Explicar",
    explanation: "Explicação",
    report: "Quão bem os dois modelos leem algarismos (em inglês)",
    api: "A API (em inglês)",
    credit: "Exemplos: MNIST, de LeCun, Cortes e Burges (CC BY-SA 3.0)",
    offline: "Sem rede",
    theme: "Cores",
    system: "Sistema",
    light: "Claras",
    dark: "Escuras",
  },
  names: { tree: "a árvore de decisão", mlp: "a rede neural", both: "os dois modelos" },
  chart: (title) => `Probabilidade de cada algarismo, ${title}`,
  blank: "Desenhe um algarismo, de 0 a 9.",
  invitation: (names) => `Toque em Prever para perguntar: ${names}.`,
  waiting: (names) => `Perguntando: ${names} …`,
  waking: "Ainda esperando: depois de uma pausa, a primeira pergunta inicia uma função na nuvem. Isso leva um ou dois segundos.",
  one: (name, digit, sure) => `${capital(name)} diz ${digit}, com ${sure} de certeza.`,
  more: (number) => `mais de ${number}`,
  agree: (digit) => `Os dois modelos dizem ${digit}.`,
  and: " e ",
  sure: (shares) => `Os dois têm certeza: ${shares}.`,
  unsure: (shares) => `Nenhum dos dois tem certeza: ${shares}.`,
  surer: (name, more, less) => `${capital(name)} tem mais certeza: ${more} contra ${less}.`,
  differ: (tree, mlp) => `Eles discordam: a árvore de decisão diz ${tree}, a rede neural diz ${mlp}.`,
  doubt: (name, digit, share) => `${capital(name)} dá ${share} ao ${digit}.`,
  next: (digit, share) => `Em seguida vem ${digit}, com ${share}.`,
  kept: "Seu desenho foi mantido.",
  failure: {
    unreachable: "Não foi possível alcançar o servidor. Verifique a conexão e tente de novo.",
    late: "O servidor demorou demais. Tente de novo.",
    garbled: "A resposta não pode ser lida: algo entre esta página e o servidor a alterou.",
    busy: "Perguntas demais de uma vez. Espere alguns segundos e tente de novo.",
    down: (status) => `O servidor não pode responder agora (${status}).`,
    alone: "Um dos modelos talvez ainda responda sozinho: escolha-o.",
  },
  problem: {
    "urn:digits:nothing-drawn": "Ainda não há nada para ler. Desenhe um algarismo, de 0 a 9, com traço grosso.",
    "urn:digits:not-an-image": "Esta imagem não pode ser decodificada. Salve-a de novo como PNG, JPEG ou WebP, ou desenhe o algarismo.",
    "urn:digits:too-large": "Esta imagem é grande demais. Use uma menor, ou desenhe o algarismo.",
    "urn:digits:model-unavailable": "Este modelo não pode ser carregado agora.",
    "urn:digits:fault": "O servidor cometeu um erro; a culpa não é do seu desenho.",
  },
  steps: {
    decode: "decodificar",
    normalize: "normalizar",
    run: "executar",
    explain: "explicar",
    round: "ida e volta",
  },
  keep: {
    absent: "A página abre sem rede. As respostas vêm do servidor, a não ser que a rede neural seja guardada aqui.",
    kept: "A rede neural está guardada neste navegador: ela responde quando o servidor não é alcançado.",
    keep: "Guardar a rede neural (5 MB)",
    forget: "Remover",
    progress: (share) => `Guardando a rede neural: ${share}`,
    failed: "Não foi possível guardar a rede neural. Tente de novo.",
    here: "Respondido neste navegador, sem o servidor; a árvore precisa do servidor.",
  },
  sheet: {
    sample: (digit) => `Exemplo ${digit}`,
    samples: "Não foi possível carregar os exemplos. Verifique a conexão e tente de novo, ou desenhe o algarismo.",
    drop: "Solte a imagem aqui",
    picture: "Seu navegador não consegue ler este arquivo como imagem. Escolha um PNG, JPEG ou WebP, ou desenhe o algarismo.",
    large: "Esta imagem é grande demais para abrir: o máximo são 100 milhões de pixels ou 100 MB. Escolha uma menor, ou desenhe o algarismo.",
    empty: "Este arquivo está vazio. Escolha outro, ou desenhe o algarismo.",
  },
  explanation: {
    title: (name, digit) => `Por que ${name} diz ${digit}`,
    offline: "Esta resposta foi dada neste navegador; o porquê, só o servidor sabe dizer.",
    heat: "Seu desenho, colorido pelo que ele diz à rede",
    straight: "Endireitado, como a rede o olha",
    speaks: (digit, other) => `fala a favor do ${digit}, contra o ${other}`,
    likelier: (digit, times, other) => `Para a rede, ${digit} é ${times} mais provável que ${other}, o segundo colocado.`,
    times: (count) => `${count} vezes`,
    million: "mais de um milhão de vezes",
    most: (place) => `A tinta ${place} é a que mais fala a favor dele.`,
    least: (place) => `A tinta ${place} é a que mais fala contra ele.`,
    none: "Nenhuma parte da tinta fala contra ele.",
    places: [
      ...["em cima à esquerda", "em cima", "em cima à direita"],
      ...["à esquerda", "no meio", "à direita"],
      ...["embaixo à esquerda", "embaixo", "embaixo à direita"],
    ],
    pixels: "Endireitado e reduzido, como a árvore o olha",
    here: "O mesmo lugar no seu desenho",
    question: (place, count) => `Pergunta ${place} de ${count}:`,
    asks: (row, column, limit, value, isAbove) =>
      `O pixel na linha ${row}, coluna ${column} tem mais tinta que ${limit} de 255? ${isAbove ? "Sim" : "Não"}: tem ${value}.`,
    went: (samples, digit, share) => `Das imagens de treino, ${samples} seguiram o mesmo caminho; agora o ${digit} lidera com ${share}.`,
    shares: (digits) => `Probabilidades agora: ${digits}`,
    all: (count) => `Todas as ${count} perguntas`,
    slider: "Perguntas feitas",
    back: "Voltar",
    next: "Avançar",
    play: "Tocar",
    pause: "Pausar",
  },
  offline: {
    absent: "A rede neural não está guardada neste navegador.",
    unable: "Este navegador não guarda nada para esta página; talvez por ser uma janela privada.",
    full: "Não há espaço para ela: são necessários 6 MB.",
    damaged: "O que chegou não é a rede neural como foi publicada.",
    unknown: "A rede neural tem um passo que esta página não conhece: carregue a página de novo.",
  },
};

const preferred = navigator.languages.find((tag) => /^(en|pt)\b/i.test(tag)) ?? "en";
export const language = /^pt/i.test(preferred) ? "pt-BR" : "en";
export const words = language === "en" ? EN : PT;

/**
 * @param {number} probability 0..1
 * @returns {string} with one decimal; no model is quite certain, so none is written as 100
 */
export function percent(probability) {
  const written = (/** @type {number} */ value) =>
    value.toLocaleString(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return probability < 0.9995 ? written(probability) : `>${written(0.999)}`;
}

/**
 * @param {number} milliseconds
 * @returns {string} two digits of it, at most three behind the point
 */
export const duration = (milliseconds) =>
  `${milliseconds.toLocaleString(language, { maximumSignificantDigits: 2, maximumFractionDigits: 2 })} ms`;

/** @param {string} sentence */
const capital = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);

/**
 * @param {Prediction[]} predictions of one model, or of the tree and the network
 * @returns {string} the answer in a sentence
 */
export function verdict([first, second]) {
  if (!second) return words.one(words.names[first.model], first.digit, spoken(first, first.digit));
  return first.digit === second.digit ? words.agree(first.digit) : words.differ(first.digit, second.digit);
}

/**
 * @param {Prediction[]} predictions of one model, or of the tree and the network
 * @returns {string} a second sentence: what else it may be, how far the two agree, or what each thinks of the other's digit
 */
export function detail([first, second]) {
  if (!second) {
    const others = first.probabilities.map((probability, digit) => (digit === first.digit ? -1 : probability));
    const next = others.indexOf(Math.max(...others));
    return words.next(next, spoken(first, next));
  }
  if (first.digit !== second.digit) {
    const doubt = (/** @type {Prediction} */ of, /** @type {number} */ digit) => words.doubt(words.names[of.model], digit, spoken(of, digit));
    return `${doubt(first, second.digit)} ${doubt(second, first.digit)}`;
  }
  const sure = [first, second].map(({ digit, probabilities }) => probabilities[digit]);
  const [surer, other] = sure[0] > sure[1] ? [first, second] : [second, first];
  if (Math.abs(sure[0] - sure[1]) > NOTABLE) {
    return words.surer(words.names[surer.model], spoken(surer, surer.digit), spoken(other, other.digit));
  }
  const both = new Set([first, second].map((prediction) => spoken(prediction, prediction.digit)));
  return words[Math.min(...sure) > SURE ? "sure" : "unsure"]([...both].join(words.and));
}

const NOTABLE = 0.02; // of probability: models less far apart are called equally sure
const SURE = 0.9; // of probability

/** @param {number} probability 0..1, to be written in a sentence */
export const inWords = (probability) => percent(probability).replace(/^>(.+)/, (_, number) => words.more(number));

/**
 * @param {Prediction} prediction
 * @param {number} digit
 */
const spoken = ({ probabilities }, digit) => inWords(probabilities[digit]);

/**
 * @param {Failure} failure
 * @param {Choice} choice
 * @returns {string} what is wrong and what to do
 */
export function regret({ cause, status, type, detail }, choice) {
  if (cause !== "refused") return words.failure[cause];
  if (status === 429) return words.failure.busy;
  const said = words.problem[type] ?? (detail || words.failure.down(status));
  return status === 503 && choice === "both" ? `${said} ${words.failure.alone}` : said;
}

/** Put the page into the person's language. */
export function translate() {
  document.documentElement.lang = language;
  document.title = words.page.title;
  const all = (/** @type {string} */ name, /** @type {(element: any, words: string) => void} */ put) =>
    document.querySelectorAll(`[data-${name}]`).forEach((element) => put(element, words.page[element.dataset[name]]));
  all("words", (element, said) => (element.textContent = said));
  all("label", (element, said) => (element.ariaLabel = said));
  all("alt", (element, said) => (element.alt = said));
}

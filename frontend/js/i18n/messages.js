// Texts of the page, in English and Portuguese.

/** @typedef {typeof EN} Messages */

export const EN = {
  // Equal to the texts of index.html, which show before and without this script; a test compares them.
  page: {
    title: "Draw a digit",
    lead: "A neural network and a decision tree tell you which one it is.",
    hint: "Draw here",
    drawing: "Drawing",
    canvas: "Canvas: draw a digit with your mouse, finger or pen",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    file: "Picture",
    samples: "Or try one from the test set",
    choice: "Model",
    tree: "Decision tree",
    mlp: "Neural network",
    both: "Both",
    auto: "Answer as I draw",
    predict: "Predict",
    retry: "Try again",
    prediction: "Answer",
    inputAlt: "Your drawing, centered and scaled",
    inputCaption: "What the models see: 28 × 28 pixels",
    explain: "Explain",
    explanation: "Explanation",
    report: "How well do they read? The report",
    api: "The API",
    credit: "Samples: MNIST, by LeCun, Cortes and Burges (CC BY-SA 3.0)",
    offline: "Use offline",
    details: "Details",
    language: "Language",
    theme: "Colors",
    system: "System",
    light: "Light",
    dark: "Dark",
    inside: "See inside the network",
  },
  names: { tree: "the decision tree", mlp: "the neural network", both: "both models" },
  chartLabel: (/** @type {string} */ title) => `Probability of each digit, ${title}`,
  blank: "Draw a digit from 0 to 9.",
  pressPredict: "Press Predict to get an answer.",
  waiting: (/** @type {string} */ names) => `Asking ${names} …`,
  coldStart: "Waking up the server. After a break, the first answer takes a second or two.",
  single: (/** @type {string} */ name, /** @type {number} */ digit, /** @type {string} */ sure) =>
    `${capitalize(name)} says ${digit}, ${sure} sure.`,
  moreThan: (/** @type {string} */ number) => `more than ${number}`,
  lessThan: (/** @type {string} */ number) => `less than ${number}`,
  agree: (/** @type {number} */ digit) => `Both models say ${digit}.`,
  and: " and ",
  confident: (/** @type {string} */ shares) => `Both are sure: ${shares}.`,
  unconfident: (/** @type {string} */ shares) => `Neither is sure: ${shares}.`,
  moreConfident: (/** @type {string} */ name, /** @type {string} */ more, /** @type {string} */ less) =>
    `${capitalize(name)} is more confident (${more} vs ${less}).`,
  disagree: (/** @type {number} */ tree, /** @type {number} */ mlp) =>
    `They disagree: the decision tree says ${tree}, the neural network says ${mlp}.`,
  eachConfidence: (/** @type {string} */ tree, /** @type {string} */ mlp) =>
    `The decision tree is ${tree} sure, the neural network ${mlp}.`,
  unsure: "Not sure.",
  secondGuess: (/** @type {number} */ digit, /** @type {string} */ share) => `Second guess: ${digit} (${share}).`,
  /** By the API's `reason`. */
  notOneDigit: {
    several_digits: "This looks like more than one digit. Draw one at a time.",
    not_a_digit: "This doesn't look like a digit.",
  },
  drawingSaved: "Your drawing is still here.",
  errors: {
    unreachable: "Can't reach the server. Check your connection and try again.",
    timeout: "The server took too long. Try again.",
    interrupted: "The connection dropped before the answer arrived. Try again.",
    invalid: "The reply was not what we expected. On public Wi-Fi, sign in first, then try again.",
    page: "Something went wrong on this page. Reload it and try again.",
    notLoaded: "This part of the page can't be loaded. Check your connection and try again.",
    rateLimited: "Too many requests at once. Wait a few seconds and try again.",
    unavailable: (/** @type {number} */ status) =>
      `The server can't answer right now (error ${status}). Try again in a moment.`,
    tryOneModel: "The other model may still work: choose just one.",
  },
  /** By problem type of the API; of any other problem the page shows the API's `detail`. */
  problems: {
    "urn:digits:nothing-drawn": "There is nothing to read yet. Draw a digit from 0 to 9 with a thick line.",
    "urn:digits:not-an-image": "This picture can't be opened. Save it as PNG, JPEG or WebP, or draw the digit.",
    "urn:digits:too-large": "This picture is too large. Choose a smaller one, or draw the digit.",
    "urn:digits:model-unavailable": "This model is not available right now.",
    "urn:digits:fault": "Something went wrong on our side. Try again.",
  },
  steps: {
    decode: "decode",
    normalize: "normalize",
    run: "run",
    explain: "explain",
    roundTrip: "round trip",
  },
  offlineCopy: {
    notSaved:
      "This page works offline with a small network. To get the full network and the decision tree, too, save both models in this browser.",
    saved: "Both models are saved in this browser. They answer when the server can't be reached.",
    save: "Save both models (7 MB)",
    remove: "Remove them",
    progress: (/** @type {string} */ share) => `Saving both models: ${share}`,
    failed: "The models could not be saved. Try again.",
    predictedHere: "Answered in your browser, without the server.",
    treeMissing: "The decision tree needs the server.",
  },
  inside: {
    caption:
      "The small network in your browser, live: the 784 pixels it sees, two layers of 128 units, and the ten answers. The stronger the color, the more active the unit. The lines are the strongest links to the answer.",
    label: "The network: pixels, two hidden layers and ten outputs, connected by lines",
  },
  preview: {
    note: "quick guess",
    waiting: (/** @type {number} */ digit) => `Quick guess from your browser: ${digit}. Asking the server …`,
    stays: (/** @type {number} */ digit) =>
      `Until the server answers, here is a quick guess from your browser: ${digit}.`,
  },
  play: {
    share: "Share this drawing",
    save: "Save as picture",
    invitation: "Which digit is this? See what a neural network and a decision tree say.",
    copied: "Link copied. It contains your drawing; nothing is stored on a server.",
    inAddressBar: "The link to your drawing is now in the address bar.",
    wasItRight: "Was it right?",
    whichIsRight: "Which one is right?",
    yes: "Yes",
    no: "No",
    neither: "Neither",
    thanks: "Thanks! Counted on this device only.",
    tally: (/** @type {number} */ count, /** @type {number} */ tree, /** @type {number} */ mlp) =>
      `Right so far: neural network ${mlp} of ${count}, decision tree ${tree} of ${count}.`,
    challenge: "Challenge: draw a digit that they disagree on.",
    challengeWon: "You did it: they disagree!",
    disagreements: (/** @type {number} */ count) => `Digits they disagreed on: ${count}.`,
  },
  pictures: {
    sample: (/** @type {number} */ digit) => `Sample ${digit}`,
    easy: "Easy",
    hard: "Hard",
    written: (/** @type {number} */ digit) => `The person who wrote it meant ${digit}.`,
    samplesUnavailable: "The samples can't be loaded. Check your connection and try again, or draw the digit.",
    drop: "Drop the picture here",
    unreadable: "Your browser can't open this file as a picture. Choose a PNG, JPEG or WebP, or draw the digit.",
    tooLarge:
      "This picture is too large to open. The limit is 100 million pixels or 100 MB. Choose a smaller one, or draw the digit.",
    empty: "This file is empty. Choose another one, or draw the digit.",
  },
  explanation: {
    title: (/** @type {string} */ name, /** @type {number} */ digit) => `Why ${name} says ${digit}`,
    offline: "This answer comes from your browser. Explanations need the server.",
    heatmap: "Your drawing: each pixel colored by its evidence",
    deskewed: "Straightened: what the network sees",
    evidence: (/** @type {number} */ digit, /** @type {number} */ other) => `evidence for ${digit} over ${other}`,
    likelier: (/** @type {number} */ digit, /** @type {string} */ times, /** @type {number} */ other) =>
      `To the network, ${digit} is ${times} more likely than the second guess, ${other}.`,
    times: (/** @type {string} */ count) => `${count} times`,
    million: "more than a million times",
    strongestFor: (/** @type {string} */ place) => `The ink ${place} counts most for it.`,
    strongestAgainst: (/** @type {string} */ place) => `The ink ${place} counts most against it.`,
    noneAgainst: "No part of the ink counts against it.",
    regions: [
      ...["at the top left", "at the top", "at the top right"],
      ...["on the left", "in the middle", "on the right"],
      ...["at the bottom left", "at the bottom", "at the bottom right"],
    ],
    treeInput: "Straightened and shrunk: what the tree sees",
    inDrawing: "The same place in your drawing",
    step: (/** @type {number} */ place, /** @type {number} */ count) => `Question ${place} of ${count}:`,
    comparison: (
      /** @type {number} */ row,
      /** @type {number} */ column,
      /** @type {number} */ limit,
      /** @type {number} */ value,
      /** @type {boolean} */ isAbove,
    ) =>
      `Does the pixel in row ${row}, column ${column} have more ink than ${limit} of 255? ${isAbove ? "Yes" : "No"}: it has ${value}.`,
    outcome: (/** @type {number} */ digit, /** @type {string} */ share) => `${digit} now leads with ${share}.`,
    probabilities: (/** @type {string} */ digits) => `Probabilities now: ${digits}`,
    allSteps: (/** @type {number} */ count) => `All ${count} questions`,
    slider: "Questions asked",
    back: "Back",
    next: "Next",
    play: "Play",
    pause: "Pause",
  },
  offlineErrors: {
    notSaved: "This model is not saved in this browser.",
    storageUnavailable: "This browser does not store data for this page. Are you in a private window?",
    storageFull: "There is not enough space: 8 MB are needed.",
    corrupt: "The download was damaged.",
    unsupported: "This page is older than the model. Reload the page.",
  },
};

/** @type {Messages} */
export const PT = {
  page: {
    title: "Desenhe um algarismo",
    lead: "Uma rede neural e uma árvore de decisão dizem qual é.",
    hint: "Desenhe aqui",
    drawing: "Desenho",
    canvas: "Tela: desenhe um algarismo com o mouse, o dedo ou a caneta",
    undo: "Desfazer",
    redo: "Refazer",
    clear: "Limpar",
    file: "Imagem",
    samples: "Ou experimente um do conjunto de teste",
    choice: "Modelo",
    tree: "Árvore de decisão",
    mlp: "Rede neural",
    both: "Os dois",
    auto: "Responder enquanto desenho",
    predict: "Prever",
    retry: "Tentar de novo",
    prediction: "Resposta",
    inputAlt: "Seu desenho, centralizado e redimensionado",
    inputCaption: "O que os modelos veem: 28 × 28 pixels",
    explain: "Explicar",
    explanation: "Explicação",
    report: "Eles leem bem? O relatório (em inglês)",
    api: "A API (em inglês)",
    credit: "Exemplos: MNIST, de LeCun, Cortes e Burges (CC BY-SA 3.0)",
    offline: "Usar sem internet",
    details: "Detalhes",
    language: "Idioma",
    theme: "Cores",
    system: "Sistema",
    light: "Claras",
    dark: "Escuras",
    inside: "Veja a rede por dentro",
  },
  names: { tree: "a árvore de decisão", mlp: "a rede neural", both: "os dois modelos" },
  chartLabel: (title) => `Probabilidade de cada algarismo, ${title}`,
  blank: "Desenhe um algarismo, de 0 a 9.",
  pressPredict: "Toque em Prever para ver a resposta.",
  waiting: (names) => `Consultando ${names} …`,
  coldStart: "Acordando o servidor. Depois de uma pausa, a primeira resposta leva um ou dois segundos.",
  single: (name, digit, sure) => `${capitalize(name)} diz ${digit}, com ${sure} de certeza.`,
  moreThan: (number) => `mais de ${number}`,
  lessThan: (number) => `menos de ${number}`,
  agree: (digit) => `Os dois modelos dizem ${digit}.`,
  and: " e ",
  confident: (shares) => `Os dois têm certeza: ${shares}.`,
  unconfident: (shares) => `Nenhum dos dois tem certeza: ${shares}.`,
  moreConfident: (name, more, less) => `${capitalize(name)} tem mais certeza (${more} contra ${less}).`,
  disagree: (tree, mlp) => `Eles discordam: a árvore de decisão diz ${tree}, a rede neural diz ${mlp}.`,
  eachConfidence: (tree, mlp) => `A árvore de decisão tem ${tree} de certeza, a rede neural ${mlp}.`,
  unsure: "Sem muita certeza.",
  secondGuess: (digit, share) => `Segundo palpite: ${digit} (${share}).`,
  notOneDigit: {
    several_digits: "Parece haver mais de um algarismo. Desenhe um de cada vez.",
    not_a_digit: "Isto não parece um algarismo.",
  },
  drawingSaved: "Seu desenho continua aqui.",
  errors: {
    unreachable: "Não foi possível conectar ao servidor. Verifique a conexão e tente de novo.",
    timeout: "O servidor demorou demais. Tente de novo.",
    interrupted: "A conexão caiu antes de a resposta chegar. Tente de novo.",
    invalid: "A resposta não foi a esperada. Em um Wi-Fi público, faça o login primeiro e tente de novo.",
    page: "Algo deu errado nesta página. Recarregue-a e tente de novo.",
    notLoaded: "Esta parte da página não pôde ser carregada. Verifique a conexão e tente de novo.",
    rateLimited: "Pedidos demais de uma vez. Espere alguns segundos e tente de novo.",
    unavailable: (status) => `O servidor não pode responder agora (erro ${status}). Tente de novo daqui a pouco.`,
    tryOneModel: "O outro modelo talvez funcione: escolha só um.",
  },
  problems: {
    "urn:digits:nothing-drawn": "Ainda não há nada para ler. Desenhe um algarismo, de 0 a 9, com um traço grosso.",
    "urn:digits:not-an-image":
      "Não foi possível abrir esta imagem. Salve-a como PNG, JPEG ou WebP, ou desenhe o algarismo.",
    "urn:digits:too-large": "Esta imagem é grande demais. Escolha uma menor, ou desenhe o algarismo.",
    "urn:digits:model-unavailable": "Este modelo não está disponível agora.",
    "urn:digits:fault": "Algo deu errado do nosso lado. Tente de novo.",
  },
  steps: {
    decode: "decodificar",
    normalize: "normalizar",
    run: "executar",
    explain: "explicar",
    roundTrip: "ida e volta",
  },
  offlineCopy: {
    notSaved:
      "Esta página funciona sem internet com uma rede pequena. Para ter também a rede completa e a árvore de decisão, salve os dois modelos neste navegador.",
    saved: "Os dois modelos estão salvos neste navegador. Eles respondem quando não há conexão com o servidor.",
    save: "Salvar os dois modelos (7 MB)",
    remove: "Remover",
    progress: (share) => `Salvando os dois modelos: ${share}`,
    failed: "Não foi possível salvar os modelos. Tente de novo.",
    predictedHere: "Respondido no seu navegador, sem o servidor.",
    treeMissing: "A árvore de decisão precisa do servidor.",
  },
  inside: {
    caption:
      "A rede pequena no seu navegador, ao vivo: os 784 pixels que ela vê, duas camadas de 128 unidades e as dez respostas. Quanto mais forte a cor, mais ativa a unidade. As linhas são as ligações mais fortes com a resposta.",
    label: "A rede: pixels, duas camadas ocultas e dez saídas, ligadas por linhas",
  },
  preview: {
    note: "palpite rápido",
    waiting: (digit) => `Palpite rápido do seu navegador: ${digit}. Consultando o servidor …`,
    stays: (digit) => `Até o servidor responder, fica um palpite rápido do seu navegador: ${digit}.`,
  },
  play: {
    share: "Compartilhar o desenho",
    save: "Salvar como imagem",
    invitation: "Que algarismo é este? Veja o que dizem uma rede neural e uma árvore de decisão.",
    copied: "Link copiado. Ele contém seu desenho; nada fica em um servidor.",
    inAddressBar: "O link do seu desenho está agora na barra de endereço.",
    wasItRight: "Acertaram?",
    whichIsRight: "Qual está certo?",
    yes: "Sim",
    no: "Não",
    neither: "Nenhum",
    thanks: "Obrigado! Contado só neste aparelho.",
    tally: (count, tree, mlp) =>
      `Acertos até agora: rede neural ${mlp} de ${count}, árvore de decisão ${tree} de ${count}.`,
    challenge: "Desafio: desenhe um algarismo em que eles discordem.",
    challengeWon: "Conseguiu: eles discordam!",
    disagreements: (count) => `Algarismos em que discordaram: ${count}.`,
  },
  pictures: {
    sample: (digit) => `Exemplo ${digit}`,
    easy: "Fáceis",
    hard: "Difíceis",
    written: (digit) => `Quem o escreveu quis escrever ${digit}.`,
    samplesUnavailable:
      "Não foi possível carregar os exemplos. Verifique a conexão e tente de novo, ou desenhe o algarismo.",
    drop: "Solte a imagem aqui",
    unreadable:
      "Seu navegador não consegue abrir este arquivo como imagem. Escolha um PNG, JPEG ou WebP, ou desenhe o algarismo.",
    tooLarge:
      "Esta imagem é grande demais para abrir. O limite é de 100 milhões de pixels ou 100 MB. Escolha uma menor, ou desenhe o algarismo.",
    empty: "Este arquivo está vazio. Escolha outro, ou desenhe o algarismo.",
  },
  explanation: {
    title: (name, digit) => `Por que ${name} diz ${digit}`,
    offline: "Esta resposta veio do seu navegador. As explicações precisam do servidor.",
    heatmap: "Seu desenho: a cor mostra o peso de cada pixel",
    deskewed: "Endireitado: o que a rede vê",
    evidence: (digit, other) => `evidência de ${digit}, não de ${other}`,
    likelier: (digit, times, other) =>
      `Para a rede, ${digit} é ${times} mais provável que o segundo palpite, ${other}.`,
    times: (count) => `${count} vezes`,
    million: "mais de um milhão de vezes",
    strongestFor: (place) => `A tinta ${place} é a que mais pesa a favor.`,
    strongestAgainst: (place) => `A tinta ${place} é a que mais pesa contra.`,
    noneAgainst: "Nenhuma parte da tinta pesa contra.",
    regions: [
      ...["em cima à esquerda", "em cima", "em cima à direita"],
      ...["à esquerda", "no meio", "à direita"],
      ...["embaixo à esquerda", "embaixo", "embaixo à direita"],
    ],
    treeInput: "Endireitado e reduzido: o que a árvore vê",
    inDrawing: "O mesmo lugar no seu desenho",
    step: (place, count) => `Pergunta ${place} de ${count}:`,
    comparison: (row, column, limit, value, isAbove) =>
      `O pixel na linha ${row}, coluna ${column} tem mais tinta que ${limit} de 255? ${isAbove ? "Sim" : "Não"}: tem ${value}.`,
    outcome: (digit, share) => `Agora o ${digit} lidera com ${share}.`,
    probabilities: (digits) => `Probabilidades agora: ${digits}`,
    allSteps: (count) => `Todas as ${count} perguntas`,
    slider: "Perguntas feitas",
    back: "Voltar",
    next: "Avançar",
    play: "Reproduzir",
    pause: "Pausar",
  },
  offlineErrors: {
    notSaved: "Este modelo não está salvo neste navegador.",
    storageUnavailable: "Este navegador não salva dados desta página. É uma janela anônima?",
    storageFull: "Não há espaço suficiente: são necessários 8 MB.",
    corrupt: "O arquivo baixado está danificado.",
    unsupported: "Esta página é mais antiga que o modelo. Recarregue a página.",
  },
};

/** The visitor's choice; null: none yet; undefined: the browser blocks storage. */
export const chosenLanguage = readChoice();
const preferred = chosenLanguage ?? navigator.languages.find((tag) => /^(en|pt)\b/i.test(tag)) ?? "en";
export const language = /^pt/i.test(preferred) ? "pt-BR" : "en";
export const messages = language === "en" ? EN : PT;

function readChoice() {
  try {
    return localStorage.getItem("language");
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function capitalize(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Elements of the page and of SVG pictures.

const IS_ARIA = /^(role$|aria-)/; // set as attributes: Firefox before 119 does not know them as properties

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]> & {"aria-label"?: string}} [properties]
 * @param {...(Node | string)} content
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, properties = {}, ...content) {
  const element = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (IS_ARIA.test(property)) element.setAttribute(property, String(value));
    else Object.assign(element, { [property]: value });
  }
  element.append(...content);
  return element;
}

/**
 * @param {string} name
 * @param {Record<string, string | number | boolean>} attributes
 * @param {string} [text]
 */
export function svg(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  element.textContent = text;
  return element;
}

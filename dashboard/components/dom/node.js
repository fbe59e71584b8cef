// Makes the nodes of every element: HTML with `node`, SVG with `svgNode`.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

// Attributes that start with "on" are listeners; null, undefined and false leave an attribute out, true leaves it empty.
export function node(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svgNode(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made[name] = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The node's text, touched only where it differs: whatever is touched the browser lays out anew.
export function write(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

// Attributes likewise.
export function renew(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

// Charts and strips are drawn as wide as their place on the screen, and do not know of the paper's width: on paper each
// keeps the width that it has and is made smaller as a whole.

const ELEMENTS = ".stBidiComponent";
const PAPER = 688; // CSS pixels of A4 between margins of 14 mm

export function print() {
  onbeforeprint = () => {
    const [red, green, blue] = getComputedStyle(document.querySelector(".stApp")).color.match(/\d+/g).map(Number);
    document.documentElement.classList.toggle("chalk", red + green + blue > 3 * 128); // styles.css makes it ink
    for (const element of document.querySelectorAll(ELEMENTS)) {
      const { width } = element.getBoundingClientRect();
      if (width > PAPER) Object.assign(element.style, { width: `${width}px`, zoom: PAPER / width });
    }
  };
  onafterprint = () => {
    for (const element of document.querySelectorAll(ELEMENTS)) Object.assign(element.style, { width: "", zoom: "" });
  };
}

// What people paste: full-width digits, +86, thousands marks, dates in words.

const DATE = /(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})/;

/** Return a pasted text in half-width characters. */
export const halfWidth = (text) => text.normalize("NFKC").trim();

/** Return a phone number without blanks, hyphens and +86. */
export function cleanPhone(text) {
  const number = halfWidth(text).replace(/[\s\-().·—–_/]+/g, "");
  return number.replace(/^(\+86|0086)(?=\d)/, "");
}

/** Return a number without thousands marks and currency signs; what is no number stays as it is. */
export function cleanNumber(text) {
  const plain = halfWidth(text).replace(/^(RMB|CNY|[¥￥$€£])\s*/i, "").replace(/\s*(元|圆|块)$/, "").replace(/\s/g, "");
  return /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replaceAll(",", "") : plain;
}

/** Return an ISO date out of a pasted one, or nothing. */
export function cleanDate(text) {
  const plain = halfWidth(text);
  const found = DATE.exec(plain) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  return found ? `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}` : "";
}

/** What a text seems to contain that no one should send to support. */
export type SensitiveKind = "code" | "password" | "card" | "identity";

const CODE = /(?:验证码|校验码|动态码|短信码|动态密码|code)[^\d\n]{0,8}\d{4,8}(?!\d)/i;
const LONE_CODE = /^\s*\d{6}\s*$/;
const PASSWORD = /(?:密码|口令|passwd|password|pwd)\s*(?:是|为|叫|[:：=])?\s*(?=[\w!@#$%^&*.-]*\d)[\w!@#$%^&*.-]{4,}/i;
const LONG_NUMBER = /\d(?:[ -]?\d){14,18}[Xx]?/g;
const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Recognises codes, passwords, bank cards and identity numbers, so that the writer can be warned before sending. */
export function findSensitive(text: string): SensitiveKind | null {
  const plain = text.normalize("NFKC");
  if (CODE.test(plain) || LONE_CODE.test(plain)) return "code";
  if (PASSWORD.test(plain)) return "password";
  for (const [found] of plain.matchAll(LONG_NUMBER)) {
    const number = found.replace(/[ -]/g, "").toUpperCase();
    if (isIdentityNumber(number)) return "identity";
    if (isBankCard(number)) return "card";
  }
  return null;
}

/** Checks length and Luhn digit, so that order and contract numbers mostly pass without a warning. */
function isBankCard(number: string): boolean {
  if (!/^\d{16,19}$/.test(number)) return false;
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Checks the control character of GB 11643. */
function isIdentityNumber(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = IDENTITY_WEIGHTS.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
  return "10X98765432"[sum % 11] === number[17];
}

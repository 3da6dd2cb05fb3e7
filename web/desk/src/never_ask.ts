/**
 * The never-ask guard: an agent may warn about secrets, but never ask a customer for one in a chat.
 *
 * It reads clause by clause: a request verb aimed at us, together with a secret named in the same sentence, is a request unless
 * that clause (or the one naming the secret) says no. It is a seat belt, not a lock: the server has the last word.
 */
export type Secret = "code" | "password" | "cvv" | "card" | "identity";

interface Pattern {
  secret: Secret;
  named: RegExp;
  /** A part of it that is fine to ask for, such as the last four digits. */
  harmless?: RegExp;
}

const PART = /(?:后|末|尾)\s*(?:四|4|六|6)\s*位|尾号|末位/;
const PATTERNS: readonly Pattern[] = [
  { secret: "code", named: /验证码|校验码|动态码|动态密码|动态口令|短信码|确认码/ },
  { secret: "password", named: /密码|口令|\bPIN\b/i, harmless: /(?:修改|更改|重置|重设|设置|换|改)(?:一下|掉|了|您的|你的|登录|支付|新)*密码/ },
  { secret: "cvv", named: /CVV2?|CVN2?|CVC2?|安全码|(?:卡片?|签名栏)背面.{0,6}(?:三|3)\s*位/i },
  { secret: "card", named: /卡号|银行账号|银行卡(?:的)?(?:正面|反面|正反面|照片|图片)/, harmless: PART },
  { secret: "identity", named: /身份证(?:的)?(?:号码?|原件|正面|反面|正反面|照片|图片)|身份证件?号|证件号码?|公民身份号码/, harmless: PART },
];

/** A verb by which we would receive the secret here. */
const REQUEST =
  /告诉(?:我|一下|下)|告知|发(?:一?下|给我|给我们|过来|来|我|送|到这|在这)|提供|报(?:一下|下|给我|我|过来)|念(?:一下|下|给我|出来)?|说(?:一下|下|给我)|给(?:我|一下|下)|索?要您|是(?:多少|什么|几)|多少[?？]?$|回复(?:我|一下)?|截(?:个)?图|拍(?:照|张|一下|下|给)|输入.{0,4}(?:在这|到这|聊天|对话)|(?:在这里|在聊天里|在对话里).{0,6}(?:输入|填)|填(?:一下|写在这|在这)|核对一下|补充一下|(?:我|我们|这边)(?:这边)?需要(?:您|你)?的?/;
const REFUSAL = /不要|不得|不能|不会|不可|不用|不必|不需|不应|不索|(?<![级特分识辨区个性])别|勿|无需|从不|从未|绝不|决不|千万|切忌|禁止|防止|谨防|小心|警惕|拒绝|没有必要|不是/;
/** Polite questions that only look like a refusal. */
const OFFER = /能不能|可不可以|方不方便|要不要|是不是|会不会|行不行/g;
/** Told about a stranger, or about the past: this is a victim's account, not our request. */
const ABOUT_OTHERS = /(?:告诉|发|提供|报|念|说|给|泄露)(?:给)?(?:了|过(?!来))|(?:告诉|给|提供)(?:给)?(?:了)?(?:对方|他们?|她们?|别人|他人|任何人|骗子|陌生人|第三方)|(?:对方|骗子|陌生人|有人|任何人|别人|他人).{0,8}(?:索要|要求|让|要您|要你|问您|问你|向您|向你)/;

/** The secret that a draft asks for, or null when it asks for none. */
export function findForbiddenAsk(draft: string): Secret | null {
  for (const sentence of draft.normalize("NFKC").replace(OFFER, "").split(/[。！!？?；;\n]/)) {
    const secret = secretAskedIn(sentence.split(/[，,、：:]/));
    if (secret !== null) return secret;
  }
  return null;
}

function secretAskedIn(clauses: readonly string[]): Secret | null {
  const named = clauses.map(secretNamedIn);
  if (!named.some((secret) => secret !== null)) return null;
  for (const [index, clause] of clauses.entries()) {
    if (!REQUEST.test(clause) || REFUSAL.test(clause) || ABOUT_OTHERS.test(clause)) continue;
    const nearest = named[index] ?? nearestBefore(clauses, named, index) ?? named[index + 1] ?? null;
    if (nearest !== null) return nearest;
  }
  return null;
}

function nearestBefore(clauses: readonly string[], named: readonly (Secret | null)[], index: number): Secret | null {
  for (let at = index - 1; at >= 0; at -= 1) {
    const clause = clauses[at] ?? "";
    const secret = named[at] ?? null;
    if (secret !== null) return REFUSAL.test(clause) || ABOUT_OTHERS.test(clause) ? null : secret;
  }
  return null;
}

function secretNamedIn(clause: string): Secret | null {
  for (const { secret, named, harmless } of PATTERNS) {
    if (named.test(clause) && !harmless?.test(clause)) return secret;
  }
  return null;
}

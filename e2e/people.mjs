// Invented passengers with resident ID numbers that pass GB 11643, from a range
// that the demo's own sales do not touch.
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const given = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋"];

let next = Math.floor(Date.now() / 1000) % 900;

/** Somebody new each time: name and document number. */
export function person(born = "19880317") {
  const n = next++ % 1000;
  const body = `130102${born}${String(n).padStart(3, "0")}`;
  const sum = [...body].reduce((s, d, i) => s + Number(d) * weights[i], 0);
  return { name: `欧阳${given[n % 10]}`, number: body + "10X98765432"[sum % 11] };
}

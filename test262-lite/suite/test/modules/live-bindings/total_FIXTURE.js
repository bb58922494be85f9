let sum = 0;
export { sum as total };
export function add(n) {
  sum += n;
}

// An exception in setup().
export function setup() {
  throw new Error('no database');
}

export default function () {}

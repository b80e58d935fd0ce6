// An exception in each iteration before anything is measured.
export const options = { iterations: 3 };

export default function () {
  throw new Error('every time');
}

module.exports = { double: (number) => number * 2 };

export interface Item { name: string; price: number }

export const total = (items: Item[]): number => items.reduce((sum: number, item: Item) => sum + item.price, 0);

// What is looked at is kept in the address, so that it can be sent to others and is there after a reload.

export function keepInAddress(name: string, value: string): void {
  const address = new URL(location.href);
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

export const fromAddress = (name: string): string => new URLSearchParams(location.search).get(name) ?? "";

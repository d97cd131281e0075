/** What a review repository is called. */

const MAX_LABEL = 200;

/** Its label says whose it is: files for apt and dnf, and ids of dnf, are named by it. */
export function reviewLabel(label: string, review: string): string {
  const suffix = `, review ${review}`;
  if (label.endsWith(suffix)) return label;
  return `${[...label].slice(0, MAX_LABEL - suffix.length).join('')}${suffix}`;
}

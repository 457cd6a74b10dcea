// What was typed and is not yet on the server, kept in this browser. A copy goes as soon as the server has it: drafts hold
// personal data. Logging out removes them all.
import type { Answers } from '../api/types'

const PREFIX = 'zc-draft:'

export interface Kept {
  answers: Answers
  version: number
}

const place = (person: string, task: string): string => `${PREFIX}${person}:${task}`

export function keep(person: string, task: string, answers: Answers, version: number): void {
  try {
    localStorage.setItem(place(person, task), JSON.stringify({ answers, version }))
  } catch {
    // a full or forbidden store: the server's draft is still there
  }
}

export function kept(person: string, task: string): Kept | null {
  try {
    const text = localStorage.getItem(place(person, task))
    return text ? (JSON.parse(text) as Kept) : null
  } catch {
    return null
  }
}

export function drop(person: string, task: string): void {
  localStorage.removeItem(place(person, task))
}

export function forgetDrafts(): void {
  Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .forEach((key) => localStorage.removeItem(key))
}

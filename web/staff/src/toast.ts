// Short news at the edge of the page, read out by screen readers.
import { reactive } from 'vue'

import { Problem } from './api/problem'
import { i18n } from './i18n'

export interface News {
  id: number
  text: string
  kind: 'good' | 'bad'
}

export const news = reactive<News[]>([])
let last = 0

export function tell(text: string, kind: News['kind'] = 'good'): void {
  const id = ++last
  news.push({ id, text, kind })
  setTimeout(() => dismiss(id), kind === 'bad' ? 12_000 : 5_000)
}

export function dismiss(id: number): void {
  const at = news.findIndex((one) => one.id === id)
  if (at >= 0) news.splice(at, 1)
}

const cited = (article: string): string => {
  const [law, no] = article.split('#')
  return law && no ? i18n.global.t('law.cited', { law, no }) : article
}

/** A refusal in one sentence: what, on which article, and what helps. */
export function sentence(error: unknown): string {
  const { t } = i18n.global
  if (!(error instanceof Problem)) return t('problem.unexpected')
  if (error.status === 0) return t('problem.offline')
  const { detail, remedy, article } = error.body
  const head = [detail ?? t('problem.unexpected'), article ? t('problem.article', { article: cited(article) }) : ''].join('')
  return remedy ? `${head}${t('problem.stop')}${remedy}` : head
}

export function complain(error: unknown): void {
  tell(sentence(error), 'bad')
}

// A form being filled in: asks the server how it stands, keeps the draft there and, until it has arrived, here.
import { computed, reactive, ref, watch, type Ref } from 'vue'

import type { Answers, Filled, Form } from '../api/types'
import { isEmpty, toSend } from './values'

const PAUSE = 350 // ms of rest before the server is asked how the form stands

export interface Door {
  /** How the form stands with these answers. */
  look(answers: Answers): Promise<Filled>
}

export function useFilling(form: Ref<Form | null>, door: Door) {
  const answers = reactive<Answers>({})
  const filled = ref<Filled | null>(null)
  const refused = ref<Record<string, string>>({}) // what the last submission was refused for, by place
  const touched = reactive(new Set<string>())
  const looking = ref(false)
  const pending = ref(false) // typed, not yet asked
  const changes = ref(0) // how often a hand changed something: what was said about the form before is old then
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  const fields = computed(() => (form.value?.sections ?? []).flatMap((section) => section.fields))
  const visible = computed(() => new Set(filled.value?.visible ?? []))
  const hidden = computed(() => new Set(filled.value?.hidden ?? []))
  const required = computed(() => new Set(filled.value?.required ?? []))

  /** Field (or cell) → what is wrong, as far as the person has been there or has submitted. */
  const wrong = computed(() => {
    const found: Record<string, string> = {}
    for (const [place, text] of Object.entries(filled.value?.wrong ?? {})) {
      if (touched.has(place.split('.')[0] ?? place)) found[place] = text
    }
    return { ...found, ...refused.value }
  })

  const missing = computed(() =>
    fields.value.filter((f) => f.right === 'edit' && required.value.has(f.element) && isEmpty(answers[f.element])),
  )

  function fill(values: Answers): void {
    for (const key of Object.keys(answers)) delete answers[key]
    Object.assign(answers, structuredClone(values))
    touched.clear()
    refused.value = {}
  }

  /** Everything typed in fields that may be edited, shown or not: what a draft keeps. */
  function typed(): Answers {
    return Object.fromEntries(
      fields.value.filter((f) => f.right === 'edit' && f.element in answers).map((f) => [f.element, plain(answers[f.element])]),
    )
  }

  /** What is submitted. */
  const answered = (): Answers => plain(toSend(fields.value, answers, visible.value, hidden.value)) as Answers

  async function look(): Promise<void> {
    clearTimeout(timer)
    pending.value = false
    const mine = ++asked
    looking.value = true
    try {
      const found = await door.look(typed())
      if (mine !== asked) return // a later question is on its way
      filled.value = found
      for (const [key, value] of Object.entries(found.computed)) answers[key] = value
    } catch {
      // the form stays as it stood; submitting says what is wrong
    } finally {
      if (mine === asked) looking.value = false
    }
  }

  /** Before submitting: what stands on the screen must be what the server last judged. */
  async function settle(): Promise<void> {
    await look()
  }

  function changed(place: string): void {
    touched.add(place)
    changes.value += 1
    for (const key of Object.keys(refused.value)) {
      if (key === place || key.startsWith(`${place}.`) || key.startsWith('_')) delete refused.value[key]
    }
    clearTimeout(timer)
    pending.value = true
    timer = setTimeout(() => void look(), PAUSE)
  }

  watch(form, () => form.value && void look())

  return { answers, filled, fields, visible, hidden, required, wrong, refused, missing, looking, pending, changes, fill, typed, answered, look, settle, changed }
}

export type Filling = ReturnType<typeof useFilling>

const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

// The console works without this file. It keeps the queue up to date and makes the keyboard quicker.

const LISTS = '[data-list] .open'

// --- the live queue ----------------------------------------------------------------------------------------

class LiveQueue {
  constructor (place) {
    this.place = place
    this.every = Number(place.dataset.every) * 1000
    this.tag = null
    this.known = new Set(this.ids())
    this.state = document.getElementById('live-state')
    this.announcer = document.getElementById('announce')
  }

  ids () {
    return [...this.place.querySelectorAll('.row')].map(row => row.dataset.id)
  }

  async run () {
    this.say('Updates by itself', false)
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, this.every))
      await this.look()
    }
  }

  async look () {
    try {
      const headers = this.tag ? { 'If-None-Match': this.tag } : {}
      const answer = await fetch(this.place.dataset.live, { headers, cache: 'no-store', signal: AbortSignal.timeout(10000) })
      if (answer.status === 401) return location.reload()
      if (answer.status === 200) {
        this.tag = answer.headers.get('ETag')
        this.show(await answer.text())
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status))
      }
      this.say('Updates by itself', false)
    } catch {
      this.say('No connection: this list may be out of date', true)
    }
    tick(this.place)
  }

  say (text, lost) {
    if (this.state.textContent === text) return
    this.state.textContent = text
    this.state.classList.toggle('lost', lost)
  }

  show (html) {
    const focused = document.activeElement?.closest('.row')?.dataset.id
    const wasButton = document.activeElement?.matches('[data-acknowledge]')
    const fresh = new DOMParser().parseFromString(html, 'text/html')
    this.place.replaceChildren(...fresh.body.childNodes)
    const row = focused && this.place.querySelector(`.row[data-id="${CSS.escape(focused)}"]`)
    if (row) (wasButton && row.querySelector('[data-acknowledge]') || row.querySelector('.open')).focus()
    this.announce()
  }

  announce () {
    const arrived = [...this.place.querySelectorAll('.row')].filter(row => !this.known.has(row.dataset.id))
    this.known = new Set(this.ids())
    for (const row of arrived) row.classList.add('fresh')
    if (arrived.length) {
      this.announcer.textContent = `New in the queue: ${arrived.map(row => row.dataset.level).join(', ')}`
    }
    const waiting = this.place.querySelectorAll('.row:not(.taken)').length
    document.title = `${waiting ? `(${waiting}) ` : ''}Queue · Aftercare console`
  }
}

// --- news in an open conversation ------------------------------------------------------------------------------

/** Says that the patient has written again. The page is not changed under the reader's hands. */
async function watch (place) {
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, Number(place.dataset.every) * 1000))
    try {
      const answer = await fetch(place.dataset.news, { cache: 'no-store', signal: AbortSignal.timeout(10000) })
      if (answer.status === 401) return location.reload()
      if (answer.ok && (await answer.json()).messages > Number(place.dataset.seen)) return tell(place)
    } catch {
      // Asked again in a moment.
    }
  }
}

function tell (place) {
  const link = document.createElement('a')
  link.href = location.pathname
  link.textContent = 'Show it'
  place.replaceChildren('The patient has written again. ', link)
  document.title = `(new) ${document.title}`
}

// --- times -----------------------------------------------------------------------------------------------------

function span (milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60000))
  if (minutes < 60) return `${minutes} min`
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  const days = Math.floor(minutes / 1440)
  return `${days} day${days > 1 ? 's' : ''}`
}

function tick (place) {
  const now = Date.now()
  for (const since of place.querySelectorAll('.since')) {
    const text = span(now - Date.parse(since.dateTime))
    if (since.textContent !== text) since.textContent = text
  }
  for (const due of place.querySelectorAll('.due[data-due]:not(.late)')) {
    if (Date.parse(due.dataset.due) < now) {
      due.classList.add('late')
      due.firstChild.textContent = 'Overdue since '
    }
  }
}

// --- the keyboard ----------------------------------------------------------------------------------------------

function move (step) {
  const lines = [...document.querySelectorAll(LISTS)]
  if (!lines.length) return false
  const at = lines.findIndex(line => line.closest('.row').contains(document.activeElement))
  const next = at < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(lines.length - 1, Math.max(0, at + step))
  lines[next].focus()
  return true
}

function acknowledge () {
  const list = document.querySelector('[data-list]')
  const row = document.activeElement?.closest('.row')
  const button = (row ?? (list ? null : document))?.querySelector('[data-acknowledge]')
  button?.click()
  return Boolean(button)
}

function focusOn (selector) {
  const field = document.querySelector(selector)
  field?.focus()
  return Boolean(field)
}

function go (path) {
  location.assign(document.querySelector('.brand').getAttribute('href') + path)
  return true
}

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  a: acknowledge,
  n: () => focusOn('[data-note]'),
  '/': () => focusOn('[data-find]') || go('search'),
  q: () => go(''),
  '?': () => { document.getElementById('help')?.showModal(); return true }
}

function onKey (event) {
  // A closed dialog keeps the focus until the browser draws again: a key pressed in between is not typed into it.
  const typing = event.target.closest('input, select, textarea, dialog[open]')
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
  if (Object.hasOwn(KEYS, event.key) && KEYS[event.key]()) event.preventDefault()
}

document.addEventListener('keydown', onKey)
document.querySelector('[data-help]')?.addEventListener('click', () => document.getElementById('help').showModal())
const queue = document.getElementById('queue')
if (queue) new LiveQueue(queue).run()
const news = document.getElementById('news')
if (news) watch(news)

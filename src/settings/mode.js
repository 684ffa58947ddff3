// Which of its states the page is in. Nothing here touches the page.

/** The state that follows from what the API said last, from what went wrong, and from a token that is being shown. */
export function modeOf({ view, trouble, fresh }) {
  if (trouble?.status === 401) return 'signed-out';
  if (trouble?.status === 403) return 'stranger';
  if (trouble?.status === 404) return 'not-found';
  if (!view) return trouble ? 'unreachable' : 'loading';
  if (view.role !== 'owner') return 'member';
  if (view.enabled && fresh) return 'fresh';
  if (view.enabled) return 'on';
  return view.sso.type === 'none' ? 'no-sso' : 'off';
}

/** Whether the token that is shown is not the team's any more, and why. */
export function overtaken({ fresh, view, trouble }) {
  if (!fresh) return null;
  if (trouble?.status === 401) return 'signed-out';
  if (trouble?.status === 403) return 'owner';
  if (!view) return null;
  if (view.role !== 'owner') return 'owner';
  if (!view.enabled) return 'disabled';
  if (view.endpoint_url !== fresh.endpoint_url) return 'rotated';
  return Date.parse(view.token_created_at) > Date.parse(fresh.token_created_at) ? 'rotated' : null;
}

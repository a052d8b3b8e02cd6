/** Status-Class and Status-Detail of a Login Response: RFC 7143 §11.13.5. */
const STATUS: Readonly<Record<number, string>> = {
  0: 'success',
  257: 'target moved temporarily',
  258: 'target moved permanently',
  512: 'initiator error',
  513: 'authentication failure',
  514: 'authorization failure',
  515: 'not found',
  516: 'target removed',
  517: 'unsupported version',
  518: 'too many connections',
  519: 'missing parameter',
  520: "can't include in session",
  521: 'session type not supported',
  522: 'session does not exist',
  523: 'invalid request during login',
  768: 'target error',
  769: 'service unavailable',
  770: 'out of resources',
};
const CLASS = ['success', 'redirection', 'initiator error', 'target error'] as const;

/** `not found`; a detail that the RFC does not know is named by its class: `initiator error, detail 0x42`. */
export function iscsiLoginStatusName(statusClass: number, statusDetail: number): string {
  const known = STATUS[statusClass * 0x100 + statusDetail];
  if (known !== undefined) return known;
  const name = CLASS[statusClass] ?? `status class 0x${statusClass.toString(16).padStart(2, '0')}`;
  return `${name}, detail 0x${statusDetail.toString(16).padStart(2, '0')}`;
}

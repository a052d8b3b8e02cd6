import { describe, expect, it } from 'vitest';
import { certificateWarning } from './certificate-warning.ts';

const time = { validFrom: Date.UTC(2026, 0, 1), validTo: Date.UTC(2027, 0, 1) };

describe('certificateWarning', () => {
  it.each([
    [Date.UTC(2025, 11, 31), 'the certificate for HTTPS is not valid before 2026-01-01'],
    [Date.UTC(2026, 5, 1), undefined],
    [Date.UTC(2026, 11, 20), 'the certificate for HTTPS expires on 2027-01-01'],
    [Date.UTC(2027, 0, 2), 'the certificate for HTTPS expired on 2027-01-01'],
  ])('says at %d: %s', (now, warning) => {
    expect(certificateWarning(time, now)).toBe(warning);
  });
});

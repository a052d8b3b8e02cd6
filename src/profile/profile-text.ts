import { Document, isScalar, visit } from 'yaml';
import type { ClientProfile } from './profile.ts';

/** A profile as a YAML file. Lists on one line each: an option list of thirty codes is read as one thing. */
export function profileText(profile: ClientProfile): string {
  const document = new Document(profile);
  visit(document, {
    Seq: (_key, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** How suggestions are written. Pure. */
export { readDuration } from './read-duration.ts';
export {
  noteLeftOut,
  renderDifference,
  renderSuggestion,
  suggestedRuleSet,
} from './render-suggestion.ts';

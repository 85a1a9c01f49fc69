/** What is wrong with an installation and its namespaces. Pure. */
export { deploymentProblems, leftBehindProblems, webhookProblems } from './find-installation-problems.ts';
export { guideOf, type Problem, problemsOf, reportedCondition } from './find-problems.ts';
export { type GroupUsers, groupUsers } from './group-users.ts';

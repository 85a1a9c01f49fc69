import { render } from 'preact';
import { App } from './app.tsx';
import { resumeSession } from './state/session.ts';
import './style.css';
import 'uplot/dist/uPlot.min.css';

void resumeSession();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);

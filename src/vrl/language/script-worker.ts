import { parentPort, workerData } from 'node:worker_threads';
import { Progress } from '../threads/progress.js';
import type { Task } from '../threads/task.js';
import { answerTo } from './answer.js';
import { transform } from './transform.js';

/** The thread that scripts run in: takes a task, answers it, takes the next. */
const progress = new Progress(workerData as SharedArrayBuffer);

// The first script takes tens of milliseconds, until V8 has compiled the compiler. That is no record's time. The character
// is one that needs both ways of running a script.
transform('.', { text: '\ufffd' });

parentPort!.on('message', (task: Task) => parentPort!.postMessage(answerTo(task, progress), []));

// What there is to see while the firmware starts: a counter on a terminal, one plain line elsewhere. It must be gone
// before anything else is written, so Stop waits for it.

using System;
using System.Diagnostics;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Spectre.Console;

namespace MinusOne.Ovmf.Runner.Terminals;

internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _display;

    public Progress(string machine, int firmwareSeconds)
    {
        if (Console.IsErrorRedirected)
        {
            string line = $"run: starting {machine}; its firmware takes about {firmwareSeconds} s\n";
            Descriptor.Error.Write(Encoding.UTF8.GetBytes(line));
            _display = Task.CompletedTask;
        }
        else
        {
            _display = Task.Run(() => Show(machine));
        }
    }

    public void Stop()
    {
        if (!_display.IsCompleted)
        {
            _stop.Cancel();
            _display.Wait();
        }
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }

    private void Show(string machine)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) };
        IAnsiConsole console = AnsiConsole.Create(settings);
        var time = Stopwatch.StartNew();
        console.Status().Spinner(Spinner.Known.Dots).Start(Text(machine, time), status =>
        {
            while (!_stop.Token.WaitHandle.WaitOne(s_interval))
            {
                status.Status(Text(machine, time));
            }
        });
    }

    private static string Text(string machine, Stopwatch time) =>
        Markup.Escape($"{machine}: firmware starting ... {time.Elapsed.TotalSeconds:0} s");
}

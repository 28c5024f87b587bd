// Runs a script beside the hypervisor, never at the same time: Resume lets the script go on until it leaves with an
// exit, Leave hands the exit over and waits for the next entry. A script is plain code because it has a stack of its
// own.

using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace MinusOne.Tests.Model;

internal sealed class GuestThread
{
    private const int StackBytes = 1 << 20;

    private readonly SoftProcessor _cpu;
    private readonly Action _body;
    private readonly SemaphoreSlim _toGuest = new(0);
    private readonly SemaphoreSlim _toHost = new(0);

    private Thread _thread;
    private GuestExit _exit;
    private ExceptionDispatchInfo _failure;
    private bool _abandoned;
    private bool _finished;

    public GuestThread(SoftProcessor cpu, Action body)
    {
        _cpu = cpu;
        _body = body;
    }

    // The hypervisor's side: the next exit, or null if the script has come to its end.
    public GuestExit Resume()
    {
        _failure?.Throw();
        if (_finished)
        {
            return null;
        }

        _exit = null;
        if (_thread == null)
        {
            _thread = new Thread(Main, StackBytes) { IsBackground = true };
            _thread.Start();
        }

        _toGuest.Release();
        _toHost.Wait();
        _failure?.Throw();
        return _exit;
    }

    // The script's side.
    public void Leave(GuestExit exit)
    {
        _exit = exit;
        _toHost.Release();
        _toGuest.Wait();
        if (_abandoned)
        {
            throw new OperationCanceledException("the test is over");
        }
    }

    public void Abandon()
    {
        if (_thread is { IsAlive: true })
        {
            _abandoned = true;
            _toGuest.Release();
        }
    }

    private void Main()
    {
        _toGuest.Wait();
        try
        {
            if (!_abandoned)
            {
                Cpu.Soft = _cpu;
                _body();
            }
        }
        catch (Exception failure) when (!_abandoned)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
        }
        catch (Exception)
        {
            // Nobody is there any more to hear of it.
        }

        _finished = true;
        _toHost.Release();
    }
}

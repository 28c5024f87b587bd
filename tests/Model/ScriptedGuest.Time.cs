// Time of a scripted guest: it passes only here. SDM 3C 27.5.1 VMX-Preemption Timer; on SVM the host's interrupts end
// it.

using System;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    // Computes, or waits if halted, for this many TSC ticks of its own; the preemption timer may divide them.
    public void Spin(ulong ticks)
    {
        EndShadow();
        bool halted = Activity == ActivityState.Hlt;
        while (ticks != 0 && (Activity == ActivityState.Hlt) == halted)
        {
            GuestTimer timer = _cpu.Vmx.Timer;
            ulong now = Math.Min(ticks, timer.Remaining);
            ticks -= _cpu.Pass(now);
            if (timer.HasExpired)
            {
                Leave(timer.Exit);
            }
            else if (!_cpu.Svm.IsRunning && LeaveFor(shadow: 0) is GuestExit exit)
            {
                Leave(exit);
            }
        }
    }

    // An endless loop. The script never comes back from it: only the hypervisor can end this guest.
    public void SpinForever()
    {
        while (true)
        {
            if (!_cpu.Vmx.Timer.IsActive)
            {
                throw new SoftCpuException("the guest spins forever, and there is no preemption timer to stop it");
            }

            Spin(Math.Max(_cpu.Vmx.Timer.Remaining, 1));
        }
    }
}
